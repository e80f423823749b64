"""One library training one network in its own process, a slice of time at each request of the parent.

`python -m benchmarks.contestants LIBRARY THREADS CASE` reads one request per line and answers each with a line of JSON.
It times the gradient step: gather a shuffled mini-batch, forward, loss, backward, update. Every contestant gets the
same data and initial weights, translated from nnlib's network, and reports its first loss, so that the parent can check
that all compute the same. A library that cannot build a layer says so.
"""

import json
import math
import os
import sys

# Before any library is loaded, because each reads them at import.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1" if sys.argv[1] == "nnlib" else sys.argv[2]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
if sys.argv[2] == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

from importlib.metadata import version  # noqa: E402
from time import perf_counter  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks.networks import ALL  # noqa: E402
from nnlib import layers  # noqa: E402
from nnlib.convolution import Conv2D  # noqa: E402
from nnlib.datasets import load_mnist  # noqa: E402

SAMPLE = 1000  # digits on which the contestants' first losses are compared
TRIAL = 0.1  # seconds of a way to take steps, three times
CHUNK = 200  # mini-batches that scikit-learn and JAX get at a time


class CannotBuildError(Exception):
    """The library has no counterpart of a layer."""


class Contestant:
    """The contract: `train(seconds)` takes steps until the time is used up and returns their number (at least 1);
    `scores(X)` returns the outputs before softmax or sigmoid, one row per example."""

    package = ""

    def __init__(self, trainer, threads):
        """Build the same network as the trainer's, with the same weights."""
        self.recipe, self.loss, self.batch_size = trainer.recipe, trainer.loss, trainer.batch_size
        self.layers = [layer for layer in trainer.network.layers if layer.active]
        train = trainer.digits.train
        self.X = trainer.scaling.apply(train.images)  # (n, 784) float32, scaled once
        self.labels = train.labels.astype(np.int64)
        self.full_batch = self.batch_size == len(self.labels)
        self.build(trainer, threads)

    def build(self, trainer, threads):
        raise NotImplementedError

    def train(self, seconds):
        deadline, steps = perf_counter() + seconds, 0
        while steps == 0 or perf_counter() < deadline:
            steps += self.steps()
        self.wait()
        return steps

    def steps(self):
        """Take the smallest possible number of steps; returns it."""
        raise NotImplementedError

    def ways(self):
        """The ways to take steps, of which the fastest counts, each a function like `steps`."""
        return [self.steps]

    def wait(self):
        """Wait until all steps are done, where they may go on in the background."""

    def choose(self):
        """Take steps in the fastest of all ways from now on."""

        def seconds(way):
            self.steps = way
            self.train(0)  # compiles
            times = []
            for _ in range(3):
                start = perf_counter()
                steps = self.train(TRIAL)
                times.append((perf_counter() - start) / steps)
            return min(times)

        ways = self.ways()
        if len(ways) > 1:
            self.steps = min(ways, key=seconds)

    def scores(self, X):
        raise NotImplementedError

    def translate(self, names):
        """The counterpart of each layer, from `names` {class name: function of the layer}."""
        for layer in self.layers:
            if type(layer).__name__ not in names:
                raise CannotBuildError(f"no {type(layer).__name__}")
        return [names[type(layer).__name__](layer) for layer in self.layers]


class Nnlib(Contestant):
    """The Trainer's own step: pixels are stored as bytes and scaled batch by batch, loss and accuracy of every step are
    recorded. The evaluation at the end of an epoch is left out, because no other contestant evaluates."""

    package = "numpy"

    def build(self, trainer, threads):
        del self.X
        self.trainer = trainer
        trainer.threads = threads
        trainer.evaluate_epochs = False

    def steps(self):
        self.trainer.step()
        return 1

    def scores(self, X):
        return self.trainer.network.forward(X.T, training=False).T

    def floating_point_operations(self):
        """In the matrix products of a step: forward, dW, and dA for all layers but the first."""
        with_weights = self.trainer.network.weights()
        products = 3 * self.trainer.network.multiplications - with_weights[0].multiplications
        return 2 * products * self.trainer.batch_size

    def time_in_products(self, seconds):
        """The share of a step's time spent in matrix products, on one thread, by timing each of them."""
        spent, depth = [0.0], [0]

        def clocked(function):
            def call(*arguments, **options):
                depth[0] += 1
                start = perf_counter()
                result = function(*arguments, **options)
                depth[0] -= 1
                if not depth[0]:  # count nested calls once
                    spent[0] += perf_counter() - start
                return result

            return call

        before = layers.product, np.matmul
        layers.product, np.matmul = map(clocked, before)
        start = perf_counter()
        self.train(seconds)
        share = spent[0] / (perf_counter() - start)
        layers.product, np.matmul = before
        return share

    def epoch(self):
        """Seconds of one epoch of training, and of the evaluation that normally ends it."""
        while self.trainer.batch:
            self.trainer.step()  # finish the current epoch
        start = perf_counter()
        self.trainer.epoch()
        trained = perf_counter()
        for split in (self.trainer.digits.train.take(5000), self.trainer.digits.validation):
            self.trainer.evaluate(split)
        return trained - start, perf_counter() - trained


class PyTorch(Contestant):
    """Eager mode or `torch.compile`, with the fused optimizer; the data are one tensor, the batch is gathered by
    `index_select`."""

    package = "torch"

    def build(self, trainer, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        nn = torch.nn

        def filled(built, weights, b):
            with torch.no_grad():
                built.weight.copy_(weights)
                built.bias.copy_(torch.from_numpy(b[:, 0]))
            return built

        def linear(layer):
            return filled(nn.Linear(layer.inputs, layer.outputs), torch.from_numpy(layer.W), layer.b)

        def convolution(layer):
            kernels = torch.from_numpy(layer.kernels).permute(0, 3, 1, 2)
            return filled(nn.Conv2d(layer.channels, layer.filters, layer.kernel), kernels, layer.b)

        def images(layer):
            height, width, channels = layer.output_shape
            return nn.Unflatten(1, (channels, height, width))

        class Flatten(nn.Module):
            """Flattens with channels innermost, the order in nnlib."""

            def forward(self, A):
                return A.permute(0, 2, 3, 1).flatten(1)

        names = {
            "Dense": linear,
            "ReLU": lambda _: nn.ReLU(),
            "Sigmoid": lambda _: nn.Sigmoid(),
            "Images": images,
            "Conv2D": convolution,
            "MaxPool2D": lambda layer: nn.MaxPool2d(layer.size),
            "Flatten": lambda _: Flatten(),
        }
        # With channels last, oneDNN is faster and flattening is free.
        self.model = nn.Sequential(*self.translate(names)).to(memory_format=torch.channels_last)
        losses = {
            "softmax-cross-entropy": (nn.functional.cross_entropy, torch.from_numpy(self.labels)),
            "binary-cross-entropy": (
                nn.functional.binary_cross_entropy_with_logits,
                torch.from_numpy(self.labels.astype(np.float32)[:, None]),
            ),
        }
        optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        self.criterion, self.Y = losses[self.recipe.loss]
        self.X = torch.from_numpy(self.X)
        self.optimizer = optimizers[self.recipe.optimizer](
            self.model.parameters(), lr=self.recipe.learning_rate, fused=True
        )
        self.start, self.order = len(self.X), None

    def ways(self):
        compiled = self.torch.compile(self.model)
        try:
            compiled(self.X[: self.batch_size])
        except RuntimeError as error:  # it needs a C++ compiler
            print(f"torch.compile: {error}", file=sys.stderr)
            return [self.steps]
        return [self.steps, lambda: self.step_by(compiled)]

    def steps(self):
        return self.step_by(self.model)

    def step_by(self, model):
        self.optimizer.zero_grad()
        X, Y = (self.X, self.Y) if self.full_batch else self.mini_batch()
        self.criterion(model(X), Y).backward()
        self.optimizer.step()
        return 1

    def mini_batch(self):
        if self.start >= len(self.X):
            self.start, self.order = 0, self.torch.randperm(len(self.X))
        rows = self.order[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return self.X.index_select(0, rows), self.Y.index_select(0, rows)

    def scores(self, X):
        with self.torch.no_grad():
            return self.model(self.torch.from_numpy(X)).numpy()


class Jax(Contestant):
    """A compiled step with Optax, one by one or many in one compiled `lax.scan`; the batch is gathered inside."""

    package = "jax"

    def build(self, trainer, threads):
        import jax
        import optax
        from jax import lax

        def dense(layer):
            return (layer.W.T, layer.b[:, 0]), lambda A, W, b: A @ W + b

        def convolution(layer):
            def apply(A, W, b):
                return lax.conv_general_dilated(A, W, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")) + b

            return (layer.kernels.transpose(1, 2, 3, 0), layer.b[:, 0]), apply

        def pooling(layer):
            window = (1, layer.size, layer.size, 1)
            return (), lambda A: lax.reduce_window(A, -np.inf, lax.max, window, window, "VALID")

        layers = self.translate(
            {
                "Dense": dense,
                "ReLU": lambda _: ((), jax.nn.relu),
                "Sigmoid": lambda _: ((), jax.nn.sigmoid),
                "Images": lambda layer: ((), lambda A: A.reshape(-1, *layer.output_shape)),
                "Conv2D": convolution,
                "MaxPool2D": pooling,
                "Flatten": lambda _: ((), lambda A: A.reshape(len(A), -1)),
            }
        )
        losses = {
            "softmax-cross-entropy": optax.softmax_cross_entropy_with_integer_labels,
            "binary-cross-entropy": lambda scores, labels: optax.sigmoid_binary_cross_entropy(scores[:, 0], labels),
        }
        loss = losses[self.recipe.loss]
        optimizer = {"sgd": optax.sgd, "adam": optax.adam}[self.recipe.optimizer](self.recipe.learning_rate)

        def forward(parameters, A):
            for own, (_, apply) in zip(parameters, layers, strict=True):
                A = apply(A, *own)
            return A

        def step(state, X, labels):
            parameters, averages = state
            gradients = jax.grad(lambda parameters: loss(forward(parameters, X), labels).mean())(parameters)
            changes, averages = optimizer.update(gradients, averages)
            return optax.apply_updates(parameters, changes), averages

        def steps(state, X, labels, order):
            return lax.scan(lambda state, rows: (step(state, X[rows], labels[rows]), None), state, order)[0]

        self.jax = jax
        self.X, self.labels = jax.device_put(self.X), jax.device_put(self.labels.astype(np.int32))
        parameters = jax.tree.map(jax.numpy.array, [own for own, _ in layers])
        self.state = parameters, optimizer.init(parameters)
        self.forward = jax.jit(forward)
        self.full_step = jax.jit(step, donate_argnums=0)
        self.one = jax.jit(lambda state, X, labels, rows: step(state, X[rows], labels[rows]), donate_argnums=0)
        self.many = jax.jit(steps, donate_argnums=0)
        self.generator, self.order = np.random.default_rng(0), np.empty((0, self.batch_size), np.int32)

    def ways(self):
        return [self.steps] if self.full_batch else [self.steps, self.steps_in_one]

    def steps(self):
        if self.full_batch:
            self.state = self.full_step(self.state, self.X, self.labels)
        else:
            self.state = self.one(self.state, self.X, self.labels, self.take(1)[0])
        return 1

    def steps_in_one(self):
        self.state = self.many(self.state, self.X, self.labels, self.take(self.chunk))
        return self.chunk

    @property
    def chunk(self):
        return min(CHUNK, len(self.X) // self.batch_size)

    def take(self, n):
        """The rows of the next n mini-batches, (n, examples)."""
        if len(self.order) < n:
            order = self.generator.permutation(len(self.X)).astype(np.int32)
            self.order = order[: len(order) // self.batch_size * self.batch_size].reshape(-1, self.batch_size)
        taken, self.order = self.order[:n], self.order[n:]
        return taken

    def wait(self):
        self.jax.block_until_ready(self.state)

    def scores(self, X):
        return np.asarray(self.forward(self.state[0], X))


class ScikitLearn(Contestant):
    """`MLPClassifier.partial_fit`, which shuffles its input and takes a step per mini-batch, on 200 mini-batches at a
    time (on all examples for the full batch), with its checks for infinite inputs switched off."""

    package = "scikit-learn"

    def build(self, trainer, threads):
        import sklearn
        from sklearn.neural_network import MLPClassifier

        sklearn.set_config(assume_finite=True)
        self.translate({"Dense": lambda _: None, "ReLU": lambda _: None, "Sigmoid": lambda _: None})
        dense = trainer.network.weights()
        self.model = MLPClassifier(
            [layer.outputs for layer in dense[:-1]],
            activation={"relu": "relu", "sigmoid": "logistic"}[self.recipe.activation],
            solver=self.recipe.optimizer,
            alpha=0.0,
            batch_size=self.batch_size,
            learning_rate_init=self.recipe.learning_rate,
            momentum=0.0,
            nesterovs_momentum=False,
            shuffle=not self.full_batch,
        )
        first = slice(self.batch_size)
        self.model.partial_fit(self.X[first], self.labels[first], classes=np.unique(self.labels))
        for W, b, layer in zip(self.model.coefs_, self.model.intercepts_, dense, strict=True):
            W[...], b[...] = layer.W.T, layer.b[:, 0]
            if W.dtype != np.float32:
                raise TypeError(f"expected float32 weights in scikit-learn, got {W.dtype}")
        self.chunk, self.start = min(CHUNK * self.batch_size, len(self.X)), 0

    def steps(self):
        if self.start + self.chunk > len(self.X):
            self.start = 0
        rows = slice(self.start, self.start + self.chunk)
        self.start += self.chunk
        self.model.partial_fit(self.X[rows], self.labels[rows])
        return math.ceil(self.chunk / self.batch_size)

    def scores(self, X):
        A = self.model.predict_proba(X)
        return np.log(A) if A.shape[1] > 2 else np.log(A[:, 1:] / A[:, :1])


class Keras(Contestant):
    """`Model.fit` for one epoch on arrays, without metrics, with its default settings (TensorFlow, XLA)."""

    package = "keras"

    def build(self, trainer, threads):
        import keras
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)

        names = {
            "Dense": lambda layer: keras.layers.Dense(layer.outputs),
            "ReLU": lambda _: keras.layers.Activation("relu"),
            "Sigmoid": lambda _: keras.layers.Activation("sigmoid"),
            "Images": lambda layer: keras.layers.Reshape(layer.output_shape),
            "Conv2D": lambda layer: keras.layers.Conv2D(layer.filters, layer.kernel),
            "MaxPool2D": lambda layer: keras.layers.MaxPooling2D(layer.size),
            "Flatten": lambda _: keras.layers.Flatten(),
        }
        self.model = keras.Sequential([keras.Input(self.X.shape[1:]), *self.translate(names)])
        weights = []
        for layer in trainer.network.weights():
            kernels = layer.kernels.transpose(1, 2, 3, 0) if isinstance(layer, Conv2D) else layer.W.T
            weights += [kernels, layer.b[:, 0]]
        self.model.set_weights(weights)
        losses = {
            "softmax-cross-entropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "binary-cross-entropy": keras.losses.BinaryCrossentropy(from_logits=True),
        }
        optimizers = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
        self.model.compile(optimizers[self.recipe.optimizer](self.recipe.learning_rate), losses[self.recipe.loss])

    def steps(self):
        self.model.fit(self.X, self.labels, self.batch_size, epochs=1, shuffle=not self.full_batch, verbose=0)
        return math.ceil(len(self.X) / self.batch_size)

    def scores(self, X):
        return self.model.predict(X, verbose=0)


CONTESTANTS = {"nnlib": Nnlib, "PyTorch": PyTorch, "JAX": Jax, "scikit-learn": ScikitLearn, "Keras": Keras}


def main():
    """Answer the parent's requests: {"train": seconds}, {"epoch": true}, {"products": seconds} or {"peak": true}."""
    library, threads, case = CONTESTANTS[sys.argv[1]], int(sys.argv[2]), ALL[sys.argv[3]]
    answers, sys.stdout = sys.stdout, sys.stderr  # output of libraries must not mix with the answers

    def answer(**values):
        print(json.dumps(values), file=answers, flush=True)

    try:
        trainer = case.recipe.trainer(load_mnist())
        contestant = library(trainer, threads)
    except (ImportError, CannotBuildError) as error:
        answer(absent=f"not installed ({error})" if isinstance(error, ImportError) else str(error))
        return
    X = trainer.scaling.apply(trainer.digits.train.images[:SAMPLE])
    Y = trainer.loss.targets(trainer.digits.train.labels[:SAMPLE], trainer.digits.n_classes)
    first_loss = float(trainer.loss.per_example(contestant.scores(X).T, Y).mean())
    answer(first_loss=first_loss, version=version(library.package))
    for line in sys.stdin:
        request = json.loads(line)
        if "warm_up" in request:
            contestant.choose()
            steps = 0
            while steps < request["warm_up"]:
                steps += contestant.train(0.05)
            answer(steps=steps)
        elif "train" in request:
            start = perf_counter()
            steps = contestant.train(request["train"])
            answer(seconds_per_step=(perf_counter() - start) / steps)
        elif "products" in request:
            answer(share=contestant.time_in_products(request["products"]), work=contestant.floating_point_operations())
        elif "peak" in request:
            answer(peak=peak())
        else:
            answer(epoch=contestant.epoch())


def peak(size=1024, times=20):
    """Floating-point operations per second of a large float32 matrix product on one thread, the best of many."""
    A, B, C = (np.ones((size, size), np.float32) for _ in range(3))
    seconds = []
    for _ in range(times):
        start = perf_counter()
        np.matmul(A, B, out=C)
        seconds.append(perf_counter() - start)
    return 2 * size**3 / min(seconds)


if __name__ == "__main__":
    main()
