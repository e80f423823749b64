"""Which updates are recorded; how large they are is tested with the trainer."""

from nnlib.update_sizes import is_recorded, spacing


def test_of_the_first_steps_more_are_recorded_then_ten_an_epoch():
    recorded = [step for step in range(1, 861) if is_recorded(step, spacing(55_000 / 64))]
    assert recorded == [1, 2, 4, 8, 16, 32, *range(43, 861, 86)]
    assert [step for step in range(1, 113) if is_recorded(step, spacing(1))] == [1, 2, 4, 8, 16, 48, 80, 112]
