"""What every agent does; and what a Gemini model does through its own client, on a server that speaks its protocol."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from common.adapters.gemini import LONGEST_ANSWER, GeminiAgent, Model
from common.decisions.review.admit import admitted
from common.decisions.review.asking import question
from common.decisions.review.evidence import Found
from common.domain.advice import STATISTICAL, Advice, Question
from common.ports.agent import Agent, AgentUnavailable, StatisticalAgent
from tests.cases.advice_world import evidence_of, found_of
from tests.fakes.gemini_server import NOTHING, GeminiServer, Reply, candidate, fails, gemini_server, raw, says
from trimtab.processes import free_port

EVIDENCE = evidence_of({})
FOUND = found_of(EVIDENCE)
QUESTION = question(EVIDENCE, FOUND)
SECONDS = 20.0
"""More than any answer here takes, even on a busy machine."""
MODEL = "made-up-1.0"


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    """A server whose model has nothing to say until a test tells it what."""
    with gemini_server() as found:
        yield found


@pytest.fixture
def gemini(server: GeminiServer) -> GeminiAgent:
    """An agent that asks it."""
    return agent_at(server.url)


def agent_at(url: str) -> GeminiAgent:
    return GeminiAgent(Model(MODEL, "acme-ads", "europe-west1", url), pause_seconds=0.01)


@pytest.fixture(params=["statistical", "gemini"])
def agent(request: pytest.FixtureRequest) -> Agent:
    """Each agent."""
    return StatisticalAgent() if request.param == "statistical" else request.getfixturevalue("gemini")


def test_an_agent_with_nothing_to_say_leaves_all_as_it_is(agent: Agent) -> None:
    assert admitted(agent.advise(QUESTION, timeout=SECONDS), FOUND, EVIDENCE) == FOUND


def test_an_agent_can_be_asked_where_nothing_is_proposed(agent: Agent) -> None:
    advice = agent.advise(question(EVIDENCE, Found()), timeout=SECONDS)
    assert admitted(advice, Found(), EVIDENCE) == Found()


def test_its_advice_can_be_kept_and_read_again(agent: Agent) -> None:
    advice = agent.advise(QUESTION, timeout=SECONDS)
    assert Advice.model_validate(advice.body()) == advice
    assert advice.failure is None


def test_several_reviews_may_ask_at_once(agent: Agent) -> None:
    def ask(question: Question) -> Advice:
        return agent.advise(question, timeout=SECONDS)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, [QUESTION] * 4))
    assert len({advice.model_dump_json() for advice in answers}) == 1


def test_the_same_question_is_the_same_request(server: GeminiServer, gemini: GeminiAgent) -> None:
    for _ in range(2):
        gemini.advise(question(EVIDENCE, FOUND), timeout=SECONDS)
    first, second = server.asked
    assert first == second


def test_a_request_carries_the_question_a_form_for_the_answer_and_no_tool(
    server: GeminiServer, gemini: GeminiAgent
) -> None:
    gemini.advise(QUESTION, timeout=SECONDS)
    (asked,) = server.asked
    assert (asked.project, asked.location, asked.model) == ("acme-ads", "europe-west1", MODEL)
    assert asked.body.keys() == {"contents", "systemInstruction", "generationConfig"}
    assert asked.body["generationConfig"]["temperature"] == 0
    assert asked.document["facts"] == QUESTION.facts
    assert asked.document["evidence"] == QUESTION.evidence
    assert [one["proposal_id"] for one in asked.document["proposals"]] == ["shift", "pause-ad-1"]


def test_a_server_of_ones_own_gets_no_credentials(
    server: GeminiServer, gemini: GeminiAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what the environment says of Google's clients lead elsewhere."""
    monkeypatch.setenv("GOOGLE_API_KEY", "secret")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "false")
    gemini.advise(QUESTION, timeout=SECONDS)
    assert [asked.authorization for asked in server.asked] == ["Bearer local"]


def test_a_good_answer_is_the_advice(server: GeminiServer, gemini: GeminiAgent) -> None:
    answer = {
        "drop": [{"proposal_id": "shift", "why": "Wait a day."}],
        "explain": [{"proposal_id": "pause-ad-1", "why": "Few click it."}],
        "add": [
            {
                "type": "audience",
                "wishes": [{"entity_id": "search", "setting": "excluded_geos", "after": ["ES-SE"]}],
                "why": "It costs too much there.",
            }
        ],
    }
    server.replies = [says(answer)]
    advice = gemini.advise(QUESTION, timeout=SECONDS)
    assert advice == Advice.model_validate({"agent": MODEL, **answer})
    assert {one.proposal_id for one in admitted(advice, FOUND, EVIDENCE).proposals} > {"pause-ad-1"}


def test_its_thoughts_are_not_its_answer(server: GeminiServer, gemini: GeminiAgent) -> None:
    server.replies = [
        candidate([{"text": "Hm, drop it all?", "thought": True}, {"text": '{"drop":'}, {"text": " []}"}])
    ]
    assert gemini.advise(QUESTION, timeout=SECONDS) == Advice(agent=MODEL)


def _add(**changes: Any) -> dict[str, Any]:
    wish = {"entity_id": "search", "setting": "bid_target", "after": 19_000_000}
    return {**NOTHING, "add": [{"type": "bid", "wishes": [{**wish, **changes}], "why": "Better."}]}


UNUSABLE: dict[str, tuple[Reply, str]] = {
    "no JSON": (says("I would rather not."), "the answer has 1 fault"),
    "JSON in a fence": (says('```json\n{"drop": []}\n```'), "the answer has 1 fault"),
    "JSON that is cut off": (says('{"drop": [{"proposal_id": "sh'), "the answer has 1 fault"),
    "a list": (says("[]"), "the answer has 1 fault"),
    "nothing": (says(""), "the answer has 1 fault"),
    "NaN": (says('{"add": NaN}'), "add"),
    "a key that nobody asked for": (says({**NOTHING, "apply": True}), "apply: unknown key"),
    "an agent that it is not": (says({**NOTHING, "agent": STATISTICAL}), "agent: unknown key"),
    "a field that there is not": (says(_add(setting="headline")), "add.0.wishes.0.setting"),
    "a kind that there is not": (says({"add": [{"type": "delete", "wishes": [], "why": ""}]}), "add.0.type"),
    "a number that is none": (says(_add(after=1.5)), "add.0.wishes.0.after"),
    "an id that is none": (says(_add(entity_id="../tenants")), "add.0.wishes.0.entity_id"),
    "a sentence that does not end": (says({"drop": [{"proposal_id": "shift", "why": "x" * 1001}]}), "drop.0.why"),
    "nested without end": (says("[" * 50_000), "RecursionError"),
    "very much": (says(" " * (LONGEST_ANSWER + 1)), "characters are too many"),
    "blocked": (says("", "SAFETY"), "it ended early: SAFETY"),
    "recited": (says(NOTHING, "RECITATION"), "it ended early: RECITATION"),
    "cut off": (says(NOTHING, "MAX_TOKENS"), "it ended early: MAX_TOKENS"),
    "no end": (says(NOTHING, None), "it ended early: no reason"),
    "no content": (candidate([]), "the answer has 1 fault"),
    "a call of a tool": (candidate([{"functionCall": {"name": "approve", "args": {}}}]), "something else than text"),
    "the question was blocked": (
        raw('{"promptFeedback": {"blockReason": "SAFETY"}}'),
        "the question was blocked: SAFETY",
    ),
    "no candidates": (raw('{"candidates": []}'), "no candidate"),
    "no response": (raw("{}"), "no candidate"),
    "another response": (raw('{"candidates": "none"}'), "ValidationError"),
    "a page": (raw("<html>Welcome to the hotel's network</html>", content_type="text/html"), "JSONDecodeError"),
    "no text": (raw(b"\xff\xfe\x00"), "JSONDecodeError"),
    "a redirection": (raw("", 302), "302"),
    "no such model": (fails(404, "NOT_FOUND", "Publisher Model was not found"), "404 NOT_FOUND: Publisher Model was"),
    "no right": (fails(403, "PERMISSION_DENIED", "denied"), "403 PERMISSION_DENIED"),
    "quota": (fails(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), "429 RESOURCE_EXHAUSTED: Quota exceeded"),
    "overloaded": (fails(503, "UNAVAILABLE", "overloaded"), "503 UNAVAILABLE: overloaded"),
}


@pytest.mark.parametrize(("reply", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_answer_that_can_not_be_used_is_none(
    server: GeminiServer, gemini: GeminiAgent, reply: Reply, said: str
) -> None:
    server.replies = [reply]
    with pytest.raises(AgentUnavailable) as caught:
        gemini.advise(QUESTION, timeout=SECONDS)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{MODEL}: ")
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize("code", [429, 500, 503])
def test_what_may_pass_is_asked_again_and_not_for_ever(server: GeminiServer, gemini: GeminiAgent, code: int) -> None:
    server.replies = [fails(code, "PASSING", "soon"), fails(code, "PASSING", "soon"), says(NOTHING)]
    assert gemini.advise(QUESTION, timeout=SECONDS) == Advice(agent=MODEL)
    server.replies = [fails(code, "PASSING", "never")]
    with pytest.raises(AgentUnavailable, match="PASSING: never"):
        gemini.advise(QUESTION, timeout=SECONDS)
    assert len(server.asked) == 6


def test_what_will_not_pass_is_not_asked_again(server: GeminiServer, gemini: GeminiAgent) -> None:
    server.replies = [fails(400, "INVALID_ARGUMENT", "no"), says(NOTHING)]
    with pytest.raises(AgentUnavailable, match="INVALID_ARGUMENT"):
        gemini.advise(QUESTION, timeout=SECONDS)
    assert len(server.asked) == 1


SLOW: dict[str, Callable[[GeminiServer], Reply]] = {
    "late": lambda server: server.late,
    "dripping": lambda server: server.drips,
    "always busy": lambda server: fails(503, "UNAVAILABLE", "later"),
}


@pytest.mark.parametrize("how", SLOW.values(), ids=SLOW)
def test_when_the_time_is_over_there_is_no_answer(server: GeminiServer, how: Callable[[GeminiServer], Reply]) -> None:
    """However it fails to come: too late, a byte now and then and never the last, or as the word to come again."""
    server.replies = [how(server)]
    patient = GeminiAgent(Model(MODEL, "acme-ads", "global", server.url), pause_seconds=60)
    with pytest.raises(AgentUnavailable, match=r"no answer within 0\.3 s"):
        patient.advise(QUESTION, timeout=0.3)


def test_google_is_asked_with_the_environments_credentials_and_without_any_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with pytest.raises(AgentUnavailable, match="DefaultCredentialsError"):
        GeminiAgent(Model(MODEL, "acme-ads", "global")).advise(QUESTION, timeout=SECONDS)


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(AgentUnavailable, match="ConnectError"):
        agent_at(f"http://127.0.0.1:{free_port()}").advise(QUESTION, timeout=SECONDS)


def test_what_a_server_says_can_not_hide_in_the_log(server: GeminiServer, gemini: GeminiAgent) -> None:
    server.replies = [fails(403, "PERMISSION_DENIED", "no\n\u202e\x1b[2J rights")]
    with pytest.raises(AgentUnavailable, match=r"no \[U\+202E\]\[U\+001B\]\[2J rights"):
        gemini.advise(QUESTION, timeout=SECONDS)
