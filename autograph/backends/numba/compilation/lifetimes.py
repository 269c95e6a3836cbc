"""Variables of compiled functions, and how they end.

Leaves: numba's lowering to LLVM code, but for the end of variables. numba releases, before each
`return`, whatever is held there, array by array, and takes each array apart in memory for that; a
function that may fail at a hundred places becomes a hundred times as long as its arrays are many.
Here all returns go to one exit, which releases what any of them leaves behind: variables begin
empty, and are empty again when they have been released, so that nothing is released twice. Numbers
end without a trace.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, ir, types
from numba.core.callconv import RETCODE_OK
from numba.core.lowering import Lower
from numba.core.types.misc import MemInfoPointer


class LifetimeLower(Lower):  # type: ignore[misc]
    """Lowering with one exit."""

    def pre_lower(self) -> None:
        """Count the returns."""
        super().pre_lower()
        ends = [block.terminator for block in self.blocks.values()]
        several = sum(isinstance(end, ir.Return) for end in ends) > 1
        self._exit: Any = self.function.append_basic_block("exit") if several else None
        self._left: dict[str, None] = {}
        self._leaves = False

    def pre_block(self, block: Any) -> None:
        """Note whether the function returns at the end of a block."""
        super().pre_block(block)
        self._leaves = self._exit is not None and isinstance(block.terminator, ir.Return)

    def lower_inst(self, inst: Any) -> None:
        """Write a statement; go to the exit in the place of a return."""
        if not self._leaves or not isinstance(inst, ir.Return):
            super().lower_inst(inst)
            return
        value = self.loadvar(inst.value.name)
        result = self.context.get_return_value(self.builder, self.fndesc.restype, value)
        self.builder.store(result, self.call_conv._get_return_argument(self.function))
        self.builder.branch(self._exit)

    def post_lower(self) -> None:
        """Write the exit."""
        super().post_lower()
        if self._exit is not None:
            self.builder.position_at_end(self._exit)
            for name in self._left:
                self._release(name)
            self.call_conv._return_errcode_raw(self.builder, RETCODE_OK)

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        """Give a variable its value."""
        kind = self.typeof(name)
        self._alloca_var(name, kind)
        if argidx is not None or not self._is_in_memory(name):
            super().storevar(value, name, argidx)
        elif isinstance(kind, types.Array):
            self._release(name)
            self.builder.store(value, self.getvar(name))
        elif isinstance(kind, types.Number | types.Boolean):
            self.builder.store(value, self.getvar(name))
        else:
            super().storevar(value, name)

    def delvar(self, name: str) -> None:
        """End a variable."""
        kind = self.typeof(name)
        if isinstance(kind, types.Number | types.Boolean):
            return
        if not isinstance(kind, types.Array) or name in self._blk_local_varmap:
            super().delvar(name)
            return
        self._singly_assigned_vars.discard(name)  # ends at the head of a loop that gives it a value
        self._alloca_var(name, kind)
        if self._leaves:
            self._left[name] = None
        else:
            self._release(name)
            place = self._field(name, "meminfo")
            self.builder.store(place.type.pointee(None), place)

    def field_of(self, name: str, field: str, number: int | None = None) -> Any:
        """Return a field of an array that is a variable, or a number of it."""
        if self._is_in_memory(name):
            return self.builder.load(self._field(name, field, number))
        model = self.context.data_model_manager[self.typeof(name)]
        found = model.get(self.builder, self.loadvar(name), field)
        return found if number is None else self.builder.extract_value(found, number)

    def _is_in_memory(self, name: str) -> bool:
        return name not in self._blk_local_varmap and name not in self._singly_assigned_vars

    def _field(self, name: str, field: str, number: int | None = None) -> Any:
        """Return the address of a field of an array that is a variable in memory."""
        position = self.context.data_model_manager[self.typeof(name)].get_field_position(field)
        path = [position] if number is None else [position, number]
        return cgutils.gep_inbounds(self.builder, self.getvar(name), 0, *path)

    def _release(self, name: str) -> None:
        """Release the memory that a variable holds, if it holds any."""
        kind = MemInfoPointer(self.typeof(name).dtype)
        self.decref(kind, self.builder.load(self._field(name, "meminfo")))
