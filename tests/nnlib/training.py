"""How tests train."""


def steps(trainer, n):
    return [trainer.step() for _ in range(n)]
