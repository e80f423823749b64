"""Optimizers against a naive textbook version, one parameter at a time in float64."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from nnlib import optimizers
from nnlib.optimizers import OPTIMIZERS, SGD, Adam, Momentum, RMSProp

TINIEST_NORMAL = np.finfo(np.float32).tiny


def memory(*parameters, dtype=np.float64):
    """The two vectors of a network."""
    return SimpleNamespace(trainable=np.array(parameters, dtype), gradients=np.zeros(len(parameters), dtype))


def follow(optimizer, gradients):
    """The first parameter after each update."""
    path = []
    for gradient in gradients:
        optimizer.gradients[...] = gradient
        optimizer.update()
        path.append(optimizer.parameters[0].item())
    return path


class TestByHand:
    def test_sgd(self):
        assert follow(SGD(memory(1.0), 0.5), [2, -1]) == [1 - 0.5 * 2, 0 + 0.5 * 1]

    def test_momentum(self):
        """Learning rate 0.1, momentum 0.9, gradients 1, 2, -1 from p = 0.

        v1 = 1                      p1 = 0     - 0.1 * 1    = -0.1
        v2 = 0.9 * 1   + 2 = 2.9    p2 = -0.1  - 0.1 * 2.9  = -0.39
        v3 = 0.9 * 2.9 - 1 = 1.61   p3 = -0.39 - 0.1 * 1.61 = -0.551
        """
        assert follow(Momentum(memory(0.0), 0.1), [1, 2, -1]) == pytest.approx([-0.1, -0.39, -0.551], rel=1e-14)

    def test_rmsprop(self):
        """Learning rate 0.1, rho 0.9, gradients 2, 1, -3 from p = 0.

        s1 = 0.9 * 0    + 0.1 * 4 = 0.4      p1 = 0  - 0.1 * 2 / (sqrt(0.4) + eps)
        s2 = 0.9 * 0.4  + 0.1 * 1 = 0.46     p2 = p1 - 0.1 * 1 / (sqrt(0.46) + eps)
        s3 = 0.9 * 0.46 + 0.1 * 9 = 1.314    p3 = p2 + 0.1 * 3 / (sqrt(1.314) + eps)
        """
        p1 = -0.2 / (math.sqrt(0.4) + 1e-8)
        p2 = p1 - 0.1 / (math.sqrt(0.46) + 1e-8)
        p3 = p2 + 0.3 / (math.sqrt(1.314) + 1e-8)
        assert follow(RMSProp(memory(0.0), 0.1), [2, 1, -3]) == pytest.approx([p1, p2, p3], rel=1e-14)

    def test_adam(self):
        """Learning rate 0.001, beta1 0.9, beta2 0.999, gradients 1, 2, -1 from p = 1.

        t = 1   m = 0.1 * 1 = 0.1                        m' = 0.1   / (1 - 0.9)    = 1
                v = 0.001 * 1 = 0.001                    v' = 0.001 / (1 - 0.999)  = 1
        t = 2   m = 0.9 * 0.1 + 0.1 * 2 = 0.29           m' = 0.29  / (1 - 0.81)   = 29/19
                v = 0.999 * 0.001 + 0.001 * 4            v' = 0.004999 / (1 - 0.998001)
                  = 0.004999                                = 4999/1999
        t = 3   m = 0.9 * 0.29 - 0.1 * 1 = 0.161         m' = 0.161 / (1 - 0.729)  = 161/271
                v = 0.999 * 0.004999 + 0.001 * 1         v' = 0.005994001 / (1 - 0.997002999)
                  = 0.005994001                             = 5994001/2997001
        """
        p1 = 1 - 0.001 * 1 / (1 + 1e-8)
        p2 = p1 - 0.001 * (29 / 19) / (math.sqrt(4999 / 1999) + 1e-8)
        p3 = p2 - 0.001 * (161 / 271) / (math.sqrt(5994001 / 2997001) + 1e-8)
        assert follow(Adam(memory(1.0), 0.001), [1, 2, -1]) == pytest.approx([p1, p2, p3], rel=1e-14)


class TestTermsByHand:
    """What `terms` names in the second step, for the same gradients as above."""

    def check(self, optimizer, gradients, expected):
        follow(optimizer, gradients[:1])
        averages = [getattr(optimizer, name).copy() for name in optimizer.averages]
        follow(optimizer, gradients[1:])
        terms = optimizer.terms(np.array(gradients[1:]), optimizer.learning_rate, *averages)
        assert list(terms) == list(expected)
        for name, value in expected.items():
            assert terms[name].item() == pytest.approx(value, rel=1e-12), name

    def test_sgd(self):
        self.check(SGD(memory(1.0), 0.5), [2.0, -1.0], {"change": 0.5})

    def test_momentum(self):
        self.check(Momentum(memory(0.0), 0.1), [1.0, 2.0], {"velocity": 2.9, "change": -0.29})

    def test_rmsprop(self):
        expected = {"square": 0.46, "root": math.sqrt(0.46), "change": -0.1 / (math.sqrt(0.46) + 1e-8)}
        self.check(RMSProp(memory(0.0), 0.1), [2.0, 1.0], expected)

    def test_adam(self):
        root = math.sqrt(4999 / 1999)
        expected = {
            "m_before": 0.1,
            "v_before": 0.001,
            "m": 0.29,
            "v": 0.004999,
            "m_unbiased": 29 / 19,
            "v_unbiased": 4999 / 1999,
            "root": root,
            "change": -0.001 * (29 / 19) / (root + 1e-8),
        }
        self.check(Adam(memory(1.0), 0.001), [1.0, 2.0], expected)


class Textbook:
    """One parameter, plain floats, the update as the papers print it."""

    def __init__(self, p):
        self.p, self.t, self.m, self.v = p, 0, 0.0, 0.0

    def sgd(self, g, rate):
        self.p = self.p - rate * g

    def momentum(self, g, rate):
        self.v = 0.9 * self.v + g
        self.p = self.p - rate * self.v

    def rmsprop(self, g, rate):
        self.v = 0.9 * self.v + (1 - 0.9) * g**2
        self.p = self.p - rate * g / (math.sqrt(self.v) + 1e-8)

    def adam(self, g, rate):
        self.t += 1
        self.m = 0.9 * self.m + (1 - 0.9) * g
        self.v = 0.999 * self.v + (1 - 0.999) * g**2
        m_hat = self.m / (1 - 0.9**self.t)
        v_hat = self.v / (1 - 0.999**self.t)
        self.p = self.p - rate * m_hat / (math.sqrt(v_hat) + 1e-8)


@pytest.mark.parametrize("name", OPTIMIZERS)
class TestEveryOptimizer:
    def test_against_the_textbook(self, name):
        """300 updates with gradients of very different sizes, often zero, and a changing learning rate."""
        random = np.random.default_rng(7)
        size = np.array([1e-4, 1e-2, 1.0, 30.0, 1e3, 0.0])
        network = memory(*random.normal(size=6))
        optimizer = OPTIMIZERS[name](network, 0.01)
        twins = [Textbook(p) for p in network.trainable.tolist()]
        for t in range(300):
            gradients = size * random.normal(size=6) * (random.random(6) < 0.7)
            network.gradients[...] = gradients
            optimizer.learning_rate = rate = 0.01 if t < 150 else 0.003
            optimizer.update()
            for twin, gradient in zip(twins, gradients.tolist(), strict=True):
                getattr(twin, name)(gradient, rate)
            assert network.trainable == pytest.approx([twin.p for twin in twins], rel=1e-10)

    @pytest.mark.parametrize("number", [float, np.float32, np.float64])
    def test_float32_stays_float32_and_in_its_place(self, name, number):
        network = memory(1.0, 2.0, dtype=np.float32)
        parameters = network.trainable
        optimizer = OPTIMIZERS[name](network, number(0.01))
        for _ in range(100):
            network.gradients[...] = network.trainable
            optimizer.update()
        assert optimizer.parameters is network.trainable is parameters
        for vector in (parameters, *(getattr(optimizer, average) for average in optimizer.averages)):
            assert vector.dtype == np.float32

    def test_the_gradients_are_left_alone(self, name):
        network = memory(1.0, 2.0)
        network.gradients[...] = [3.0, -4.0]
        OPTIMIZERS[name](network).update()
        assert network.gradients.tolist() == [3.0, -4.0]

    def test_going_back_is_exact(self, name):
        gradients = np.random.default_rng(1).normal(size=(90, 3))
        network = memory(1.0, -1.0, 2.0)
        optimizer = OPTIMIZERS[name](network, 0.01)
        follow(optimizer, gradients[:50])
        parameters, state = network.trainable.copy(), optimizer.state()
        straight_on = follow(optimizer, gradients[50:])
        network.trainable[...] = parameters
        optimizer.restore(state)
        assert follow(optimizer, gradients[50:]) == straight_on

    def test_a_default_learning_rate(self, name):
        assert OPTIMIZERS[name](memory(1.0)).learning_rate == OPTIMIZERS[name].default_learning_rate > 0
        assert OPTIMIZERS[name](memory(1.0), 0.5).learning_rate == 0.5


@pytest.mark.parametrize("name", [name for name, kind in OPTIMIZERS.items() if kind.averages])
class TestSubnormals:
    """One gradient, then a pixel that is never lit again: averages that decay for ever."""

    def averages_after_silence(self, name):
        network = memory(1.0, 1.0, dtype=np.float32)
        optimizer = OPTIMIZERS[name](network, 0.001)
        network.gradients[...] = [1e-15, 1e-3]
        optimizer.update()
        network.gradients[...] = 0
        found = []
        while optimizer.updates < 20 * 64:
            optimizer.update()
            if optimizer.updates % 64 == 0:
                found += [getattr(optimizer, average).copy() for average in optimizer.averages]
        values = np.abs(np.concatenate(found))
        return values[(values > 0) & (values < TINIEST_NORMAL)]

    def test_none_are_left_after_a_flush_and_without_it_there_would_be_some(self, name, monkeypatch):
        assert self.averages_after_silence(name).size == 0
        monkeypatch.setattr(optimizers, "FLUSH_EVERY", 10**9)
        assert self.averages_after_silence(name).size > 0

    def test_averages_that_count_are_kept_with_their_sign(self, name):
        optimizer = OPTIMIZERS[name](memory(*np.zeros(5), dtype=np.float32))
        for average in optimizer.averages:
            getattr(optimizer, average)[...] = [1e-30, -1e-30, 1e-20, -1e-20, 3.0]
            optimizers._flush_subnormals(getattr(optimizer, average), np.empty(5, np.float32))
        for average in optimizer.averages:
            assert getattr(optimizer, average) == pytest.approx([0, 0, 1e-20, -1e-20, 3.0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_block_by_block_is_the_same_too(name, monkeypatch):
    results = []
    for block in (10, 3):
        monkeypatch.setattr(optimizers, "BLOCK", block)
        network = memory(*np.linspace(-1, 1, 10), dtype=np.float32)
        optimizer = OPTIMIZERS[name](network, 0.1)
        for step in range(130):  # past two flushes
            network.gradients[...] = np.sin(np.arange(10) + step)
            optimizer.update()
        results.append(network.trainable)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_changing_part_by_part_is_the_same_as_all_at_once(name):
    whole, parts = (memory(*np.linspace(-1, 1, 10), dtype=np.float32) for _ in range(2))
    at_once, in_parts = OPTIMIZERS[name](whole, 0.1), OPTIMIZERS[name](parts, 0.1)
    for step in range(130):  # past two flushes
        whole.gradients[...] = parts.gradients[...] = np.sin(np.arange(10) + step)
        at_once.update()
        in_parts.begin()
        for part in (slice(0, 3), slice(3, 4), slice(4, 10)):
            in_parts.change(part)
    np.testing.assert_array_equal(whole.trainable, parts.trainable)


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_the_terms_are_the_step_that_the_rule_takes_in_place(kind):
    generator = np.random.default_rng(0)
    optimizer = kind(memory(*generator.normal(size=20)), 0.01)
    for _ in range(5):
        optimizer.gradients[...] = generator.normal(size=20)
        before, averages = optimizer.parameters.copy(), [getattr(optimizer, name).copy() for name in optimizer.averages]
        optimizer.update()
        terms = optimizer.terms(optimizer.gradients, 0.01, *averages)
        assert list(terms)[-1] == "change"
        np.testing.assert_allclose(optimizer.parameters - before, terms["change"], rtol=1e-9)


@pytest.mark.parametrize("kind", [SGD, Momentum, RMSProp])
def test_without_a_rule_of_its_own_an_optimizer_follows_its_terms(kind):
    plain = type("Plain", (kind,), {"rule": optimizers.Optimizer.rule})
    gradients = [2.0, -1.0, 0.5, 3.0]
    assert follow(plain(memory(1.0), 0.1), gradients) == pytest.approx(follow(kind(memory(1.0), 0.1), gradients))


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_a_twin_goes_on_as_the_first_would(kind):
    first = kind(memory(1.0), 0.1)
    follow(first, [2.0, -1.0, 0.5])
    twin = first.twin(memory(first.parameters[0]))
    assert follow(twin, [3.0, -0.2]) == follow(first, [3.0, -0.2])


def test_the_memory_of_a_rule_has_length_and_precision_of_the_parameters():
    seen = []

    class Recorder(SGD):
        def rule(self, parameters, gradients, learning_rate, memory):
            seen.append((memory.shape, memory.dtype))

    Recorder(memory(1.0, 2.0, 3.0, dtype=np.float32)).update()
    assert seen == [((3,), np.float32)]


def test_a_twin_has_the_same_settings_and_others_take_no_notice_of_them():
    first = Momentum(memory(1.0), 0.3)
    first.adjust(momentum=0.5, nothing=1)
    twin = first.twin(memory(1.0))
    assert (twin.momentum, twin.learning_rate) == (0.5, 0.3)
    adam = Adam(memory(1.0))
    adam.adjust(momentum=0.5)
    assert not hasattr(adam, "momentum")
