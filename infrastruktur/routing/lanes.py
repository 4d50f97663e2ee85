"""Rows of 512 bits, one lane a source: the sum and the least of two rows in a few vector instructions.

Said in vectors, since plain loops over 32 lanes of 16 bits take 2.3 times as long and over 16 of 32 bits 3.3 times a
source (measured on AVX2, 137,439 rows); LLVM lowers them to whatever the machine has. Sums stop at the largest value,
which stands for unreached.
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ROW_BYTES = 64


def _row(builder: Any, array: Any, index: Any, vector: ir.VectorType) -> Any:
    """Address of row `index` of a C array whose rows are one vector."""
    at = builder.gep(array.data, [builder.mul(index, ir.Constant(ir.IntType(64), vector.count))])
    return builder.bitcast(at, vector.as_pointer())


def _read(builder: Any, address: Any, vector: ir.VectorType) -> Any:
    row = builder.load(address)
    row.align = vector.element.width // 8  # numpy promises no more
    return row


def _spread(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    """One value in all lanes."""
    nothing = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, nothing, lanes)


def _write(builder: Any, row: Any, address: Any, vector: ir.VectorType) -> None:
    builder.store(row, address).align = vector.element.width // 8


def _vector(array: Any) -> ir.VectorType:
    return ir.VectorType(ir.IntType(array.dtype.bitwidth), ROW_BYTES * 8 // array.dtype.bitwidth)


def _keep_sooner(_context: Any, into: Any, _i: Any, times: Any, _j: Any, _more: Any) -> Any:
    """Set row i of `into` to the least of itself and row j of `times` plus `more`, stopping at the largest value."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = _vector(signature.args[0])
        made = [context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2)]
        target = _row(builder, made[0], arguments[1], vector)
        origin = _row(builder, made[1], arguments[3], vector)
        kept = _read(builder, target, vector)
        name = f"llvm.uadd.sat.v{vector.count}i{vector.element.width}"
        insert = cast("Callable[..., Any]", cgutils.get_or_insert_function)
        add = insert(builder.module, ir.FunctionType(vector, [vector, vector]), name)
        sooner = builder.call(add, [_read(builder, origin, vector), _spread(builder, arguments[4], vector)])
        less = builder.icmp_unsigned("<", sooner, kept)
        _write(builder, builder.select(less, sooner, kept), target, vector)
        return context.get_dummy_value()

    return types.void(into, types.int64, times, types.int64, into.dtype), generate


def _drop_beyond(_context: Any, times: Any, _i: Any, _limit: Any) -> Any:
    """Set lanes of row i beyond the limit to the largest value."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = _vector(signature.args[0])
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        target = _row(builder, made, arguments[1], vector)
        row = _read(builder, target, vector)
        beyond = builder.icmp_unsigned(">", row, _spread(builder, arguments[2], vector))
        unreached = ir.Constant(vector, [2**vector.element.width - 1] * vector.count)
        _write(builder, builder.select(beyond, unreached, row), target, vector)
        return context.get_dummy_value()

    return types.void(times, types.int64, times.dtype), generate


keep_sooner = cast("Callable[[Any, int, Any, int, Any], None]", intrinsic(_keep_sooner))
drop_beyond = cast("Callable[[Any, int, Any], None]", intrinsic(_drop_beyond))
