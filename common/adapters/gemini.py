"""An agent that asks a Gemini model on Vertex AI: structured output, no tools, one answer within a deadline."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import httpx2
from google.auth.exceptions import GoogleAuthError
from google.genai import Client, errors, types
from google.oauth2.credentials import Credentials

from common.adapters.gemini_words import ANSWER, INSTRUCTION
from common.domain.advice import Added, Advice, Dropped, Explained, Question
from common.domain.errors import InvalidInput
from common.domain.model import Frozen, parse_json
from common.domain.text import honest
from common.ports.agent import AgentUnavailable

LONGEST_ANSWER = 100_000
"""Characters; a real one has a few thousand."""
MOST_TOKENS = 16_384
"""That a model may spend on its answer, its thoughts included."""
PASSES = (408, 429, 500, 502, 503, 504)
"""Answers that are worth asking again, while there is time."""


@dataclass(frozen=True, slots=True)
class Model:
    """Which model, and where. `url` is a server of one's own, which gets no credentials; else it is Google's."""

    name: str
    project: str
    location: str
    url: str | None = None


class _Answer(Frozen):
    """What a model must answer: `ANSWER`."""

    drop: tuple[Dropped, ...] = ()
    explain: tuple[Explained, ...] = ()
    add: tuple[Added, ...] = ()


class GeminiAgent:
    """Asks once for each review. Threads may share it.

    Args:
        pause_seconds: before it is asked again, where the answer is one that may pass.
    """

    def __init__(self, model: Model, *, pause_seconds: float = 2.0) -> None:
        self._model = model
        self._retries = types.HttpRetryOptions(
            attempts=3, initial_delay=pause_seconds, jitter=pause_seconds, http_status_codes=list(PASSES)
        )

    def advise(self, question: Question, *, timeout: float) -> Advice:
        """As the port says. An answer that came cut off, blocked or in another form is none."""
        # In a thread of its own: whoever calls may have a loop running in theirs.
        with ThreadPoolExecutor(max_workers=1) as pool:
            response = pool.submit(self._response, question, timeout).result()
        text = self._text(response)
        try:
            answer = parse_json(_Answer, text, "the answer")
        except InvalidInput as error:
            raise self._unusable(str(error)) from error
        return Advice(agent=self._model.name, drop=answer.drop, explain=answer.explain, add=answer.add)

    def _response(self, question: Question, timeout: float) -> types.GenerateContentResponse:
        # A loop of its own, since `asyncio.run` would wait for a name server long after the time is over.
        with closing(asyncio.new_event_loop()) as loop:
            return loop.run_until_complete(self._asked(question, timeout))

    async def _asked(self, question: Question, timeout: float) -> types.GenerateContentResponse:
        try:
            async with asyncio.timeout(timeout), httpx2.AsyncClient() as http:
                # The client must be held on to: one that nobody refers to closes itself.
                client = self._client(http)
                return await client.aio.models.generate_content(
                    model=self._model.name, contents=_document(question), config=_config()
                )
        except TimeoutError as error:
            raise self._unusable(f"no answer within {timeout:g} s") from error
        except errors.APIError as error:
            raise self._unusable(f"{error.code} {error.status}: {error.message}") from error
        except (httpx2.HTTPError, GoogleAuthError, ValueError, RecursionError) as error:
            raise self._unusable(f"{type(error).__name__}: {error}") from error

    def _client(self, http: httpx2.AsyncClient) -> Client:
        options = types.HttpOptions(base_url=self._model.url, httpx_async_client=http, retry_options=self._retries)
        nobody = None if self._model.url is None else Credentials(token="local")  # noqa: S106 - it opens nothing
        return Client(
            vertexai=True,
            project=self._model.project,
            location=self._model.location,
            credentials=nobody,
            http_options=options,
        )

    def _text(self, response: types.GenerateContentResponse) -> str:
        """All that it said, where it came to its end, said text alone and not too much of it."""
        if not response.candidates:
            blocked = response.prompt_feedback.block_reason if response.prompt_feedback else None
            raise self._unusable("no candidate" if blocked is None else f"the question was blocked: {blocked.value}")
        candidate = response.candidates[0]
        if candidate.finish_reason != types.FinishReason.STOP:
            reason = candidate.finish_reason
            raise self._unusable(f"it ended early: {'no reason' if reason is None else reason.value}")
        parts = (candidate.content.parts if candidate.content else None) or []
        said = [part for part in parts if not part.thought]
        if any(part.text is None for part in said):
            raise self._unusable("it holds something else than text")
        text = "".join(part.text or "" for part in said)
        if len(text) > LONGEST_ANSWER:
            raise self._unusable(f"{len(text)} characters are too many")
        return text

    def _unusable(self, what: str) -> AgentUnavailable:
        line = " ".join(f"{self._model.name}: {what}".split())
        return AgentUnavailable(honest(line[:300]))


def _document(question: Question) -> str:
    """All of the question as one JSON document, so that no text in it can pass for what stands around it."""
    fields = {"proposal_id", "type", "rule", "changes", "why", "evidence"}
    proposals = [one.model_dump(mode="json", include=fields) for one in question.proposals]
    document = {"facts": question.facts, "evidence": question.evidence, "proposals": proposals}
    return json.dumps(document, allow_nan=False)


def _config() -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        system_instruction=INSTRUCTION,
        temperature=0,
        seed=0,
        candidate_count=1,
        max_output_tokens=MOST_TOKENS,
        response_mime_type="application/json",
        response_json_schema=ANSWER,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
