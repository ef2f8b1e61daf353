"""The simulation of many tenants, in a tiny version: everything is done, in time, and no document is too busy."""

from random import Random

from bench import scale
from bench.scale_fleet import clients
from bench.scale_instances import COLD_START, Events, Function, Takes


def test_a_small_fleet_is_done_in_time_and_writes_no_document_twice_a_second() -> None:
    found = scale.run(day=scale.Size(120, 90), rush=scale.Size(150, 30))["scale"]
    assert found["day"]["messages"] >= 120 * (6 + 1), "six checks of each tenant, and pacing at least once"
    assert found["on_time_pct"] == 100
    assert found["max_writes_per_document_s"] == 1
    assert found["rush"]["longest_fan_out_seconds"] < 60


def test_a_fleet_is_the_same_each_time_it_is_drawn() -> None:
    assert clients(50) == clients(50)
    assert len({one.zone for one in clients(200)}) > 8


def test_a_message_waits_for_a_new_instance_and_a_full_function_is_tried_again() -> None:
    events, done = Events(), list[float]()
    function = Function("one", events, Random(3), concurrency=1, most=1)

    def work() -> bool:
        done.append(events.now)
        return True

    for _ in range(2):
        function.push(Takes(0.0, 2.0), work)
    events.run()
    assert done[0] == COLD_START + 2.0
    assert done[1] > 10.0
    assert (function.refused, function.cold_starts) == (1, 1)
