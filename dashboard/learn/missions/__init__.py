"""All missions by name, in the order of the path."""

from dashboard.learn.missions import beginning, generalisation, training

MISSIONS = {
    mission.name: mission
    for mission in (
        beginning.FIRST_RUN,
        beginning.EPOCH,
        beginning.EXPLOSION,
        training.ZERO_WEIGHTS,
        generalisation.FEW_UNITS,
        generalisation.OVERFITTING,
        training.BATCH_SIZE,
        training.OPTIMIZERS,
        training.DEAD_UNITS,
        training.VANISHING,
        generalisation.TEST_SPLIT,
        generalisation.SHIFTED,
        generalisation.CONFUSION,
    )
}
