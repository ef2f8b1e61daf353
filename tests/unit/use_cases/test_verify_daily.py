"""The daily check finds what was done to a log since the last anchor, and reads little for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from common.domain import paths
from common.domain.change import Setting
from common.domain.manifest import Manifest
from common.ports.documents import Delete, Query
from common.use_cases.anchor import anchor
from common.use_cases.ports import Ports
from common.use_cases.verify_daily import ANCHOR_DAYS, verify_daily
from tests.fakes.journal import Lines
from tests.fakes.objects import MemoryObjects
from tests.world import NORTH, SOUTH, World, auto, euros


class Scene:
    """Two tracks, anchored yesterday with some entries, and some more since."""

    def __init__(self) -> None:
        self.world, self.objects, self.lines = World.taken_on(), MemoryObjects(), Lines()
        self.change(90, 85)
        self.ports: Ports = replace(self.world.ports(), objects=self.objects, journal=self.lines)
        anchor(self.ports, "acme", self.manifests())
        self.anchored = self.world.log()[-1].seq
        self.world.clock.forward(days=1)
        self.change(80, 75)

    def change(self, *budgets: float) -> None:
        """A change set for each."""
        for budget in budgets:
            self.world.apply(auto(self.world.wanted("search", Setting.DAILY_BUDGET, euros(budget))))
            self.world.clock.forward(minutes=1)

    def manifests(self) -> list[Manifest]:
        return [self.world.manifest(track) for track in (NORTH, SOUTH)]

    def verified(self) -> tuple[str, ...]:
        return verify_daily(self.ports, "acme", self.manifests())

    def entry(self, seq: int) -> str:
        return f"{paths.log('acme')}/{self.world.track().log_id(seq)}"

    @property
    def last(self) -> int:
        return self.world.log()[-1].seq

    def remove(self, seq: int) -> None:
        self.world.documents.commit(Delete(self.entry(seq)))

    def forget_last(self) -> None:
        """The manifest names the entry before the last as the log's head."""
        before = self.world.log()[-2]
        named = {"log_seq": before.seq, "log_hash": before.hash}
        self.world.rewrite(self.world.track().manifest, lambda body: {**body, **named})

    def replace_since(self, seq: int) -> None:
        """All from an entry on are other ones, each with its hash, up to the head that the manifest names."""
        previous = "0" * 64
        for entry in self.world.log()[seq:]:
            other = entry.but(previous=previous).sealed()
            self.world.rewrite(self.entry(entry.seq), lambda _, other=other: other.body())
            previous = other.hash
        self.world.rewrite(self.world.track().manifest, lambda body: {**body, "log_hash": previous})

    def edit(self, seq: int) -> None:
        self.world.rewrite(self.entry(seq), lambda body: {**body, "why": "nothing happened"})


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_whole_log_is_read_from_the_anchor_on(scene: Scene) -> None:
    read: list[int] = []
    inner = scene.ports.documents.query

    class Counting:
        """A store that counts what its queries answer."""

        def __getattr__(self, name: str) -> object:
            return getattr(scene.world.documents, name)

        def query(self, query: Query) -> object:
            page = inner(query)
            read.append(len(page.documents))
            return page

    ports = replace(scene.ports, documents=Counting())  # pyright: ignore[reportArgumentType]
    assert verify_daily(ports, "acme", scene.manifests()) == ()
    assert scene.lines.written == []
    assert read == [len(scene.world.log()) - scene.anchored, 1]


DONE: dict[str, tuple[Callable[[Scene], None], str]] = {
    "edited": (lambda one: one.edit(one.anchored + 1), "was edited after it was written"),
    "anchored-edited": (lambda one: one.edit(one.anchored), "not the one that the last anchor names"),
    "anchored-gone": (lambda one: one.remove(one.anchored), "not the one that the last anchor names"),
    "gap": (lambda one: one.remove(one.anchored + 1), "are missing"),
    "replaced": (lambda one: one.replace_since(one.anchored + 1), "does not follow"),
    "truncated": (lambda one: one.remove(one.last), "missing at the end: the log was truncated"),
    "added": (lambda one: one.forget_last(), "not the manifest's"),
}


@pytest.mark.parametrize("kind", DONE)
def test_what_was_done_to_it_is_found_and_told(scene: Scene, kind: str) -> None:
    done, said = DONE[kind]
    done(scene)
    assert scene.verified() == (NORTH,)
    (line,) = scene.lines.of("verification_failed")
    assert (line["severity"], line["tenant"], line["track"]) == ("ERROR", "acme", NORTH)
    assert said in str(line["faults"])


def test_what_lies_before_the_anchor_is_not_read_again(scene: Scene) -> None:
    scene.edit(0)
    assert scene.verified() == ()  # `verify-log` reads all of it


def test_without_an_anchor_of_the_last_days_all_is_read(scene: Scene) -> None:
    scene.edit(0)
    scene.world.clock.forward(days=ANCHOR_DAYS)
    assert scene.verified() == (NORTH,)
    assert verify_daily(replace(scene.ports, objects=None), "acme", scene.manifests()) == (NORTH,)


@pytest.mark.parametrize("of_another_day", [False, True])
def test_a_forged_anchor_is_told_of_and_the_one_before_is_used(scene: Scene, of_another_day: bool) -> None:
    yesterday = scene.world.clock.now().date()
    older = scene.objects.read(paths.anchor("acme", yesterday - timedelta(days=1)))
    scene.world.clock.forward(days=1)
    forged = older if of_another_day else b"{}"
    scene.objects.create(paths.anchor("acme", yesterday), forged, content_type="application/json")
    assert scene.verified() == ()
    (line,) = scene.lines.of("verification_failed")
    assert paths.anchor("acme", yesterday) in str(line["faults"])


def test_a_log_that_grows_meanwhile_is_whole(scene: Scene) -> None:
    before = scene.manifests()
    scene.change(70)
    assert verify_daily(scene.ports, "acme", before) == ()


def test_today_s_own_anchor_vouches_for_nothing(scene: Scene) -> None:
    scene.edit(scene.anchored + 1)
    anchor(scene.ports, "acme", scene.manifests())
    assert scene.verified() == (NORTH,)
    assert timedelta(0) < scene.world.clock.now() - scene.world.log()[-1].at
