package libtorch

// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"sync"
	"unsafe"
)

// AttentionKernel is a way to compute the causal attention of rows of different lengths.
type AttentionKernel int

// The kernels of attention.
const (
	// PaddedAttention is [Scope.Attention], of rows that are padded to one length.
	PaddedAttention AttentionKernel = iota
	// PackedAttention is xpt's own on the CPU, of packed rows, which may continue others without gradients.
	PackedAttention
	// FlashAttention is libtorch's flash kernels on a GPU, of packed rows, which may continue others.
	FlashAttention
)

// AttentionOn returns the kernel for a device, a type and a head size: packed rows on the CPU in a type that it has
// arithmetic for, and on a GPU in the half types where libtorch has flash kernels for it.
func AttentionOn(dev Device, dtype DType, headDim int) AttentionKernel {
	half := dtype == BFloat16 || dtype == Float16
	switch {
	case !dev.IsCUDA() && dtype != Float16 && Arithmetic(dev, dtype) == dtype:
		return PackedAttention
	case dev.IsCUDA() && half && headDim%8 == 0 && flashServes(dev, dtype, headDim): // the kernels need multiples of 8
		return FlashAttention
	}
	return PaddedAttention
}

// flashServes tries the kernels once.
func flashServes(dev Device, dtype DType, headDim int) bool {
	type key struct {
		dev     Device
		dtype   DType
		headDim int
	}
	serves, _ := flashTried.LoadOrStore(key{dev, dtype, headDim}, sync.OnceValue(func() bool {
		return C.xpt_flash_serves(C.int(dev.gpu-1), C.int(dtype.Scalar()), C.int64_t(headDim)) != 0
	}))
	return serves.(func() bool)()
}

var flashTried sync.Map

// RowsPlace is where packed rows lie in a larger batch, whose attention dropout they have; zero: they are all of it. It
// matters to PackedAttention.
type RowsPlace struct {
	First   int // number of their first token
	Tokens  int // of the larger batch
	Longest int // row of the larger batch, in tokens
}

// PackedRows are rows of any lengths, packed one after the other with no padding.
type PackedRows struct {
	kernel    AttentionKernel
	starts    []int64 // the first token of each, and N
	prefixRow []int64 // PackedAttention's: of each row the one that it continues or -1; nil where none does
	groups    []int64 // FlashAttention's: where the rows that continue row 0, row 1, ... start, and their end
	onGPU     *Tensor // starts, then groups from 0 on
	place     RowsPlace
}

// PackRows lays rows out for a kernel of packed rows. starts is the first token of each row, and N at the end. prefixRow is
// for each row the index of the one whose tokens come before its own, which has no prefix row itself, or -1; nil where no row
// has one. FlashAttention takes prefix rows in front and then the rows that continue them, in the same order.
func (s *Scope) PackRows(kernel AttentionKernel, starts, prefixRow []int, place RowsPlace) *PackedRows {
	r := &PackedRows{kernel: kernel, starts: wide(starts), place: place}
	if prefixRow != nil && len(prefixRow) != len(starts)-1 {
		panic(&Error{Op: "attention", Message: fmt.Sprintf("%d rows to continue for %d", len(prefixRow), len(starts)-1)})
	}
	if kernel != FlashAttention {
		if prefixRow != nil {
			r.prefixRow = wide(prefixRow)
		}
		return r
	}
	r.groups = continuing(r.starts, prefixRow)
	if s.Device.IsCUDA() {
		values := make([]int32, 0, len(r.starts)+len(r.groups))
		for _, at := range r.starts {
			values = append(values, int32(at))
		}
		for _, at := range r.groups {
			values = append(values, int32(at-r.groups[0]))
		}
		r.onGPU = fromSlice(s, values, int32s, []int{len(values)})
	}
	return r
}

// continuing returns where the rows that continue row 0, row 1, ... start, and their end; nil where none continues another.
func continuing(starts []int64, prefixRow []int) (groups []int64) {
	continues := func(before int) bool { return before >= 0 }
	prefixes := slices.IndexFunc(prefixRow, continues)
	if prefixes < 0 {
		return nil
	}
	r := prefixes
	for ; r < len(prefixRow) && continues(prefixRow[r]); r++ {
		if prefixRow[r] == len(groups) {
			groups = append(groups, starts[r])
		}
		if prefixRow[r] != len(groups)-1 {
			break
		}
	}
	if len(groups) != prefixes || slices.ContainsFunc(prefixRow[r:], continues) {
		panic(&Error{Op: "attention", Message: fmt.Sprintf("rows %v continue others out of order", prefixRow)})
	}
	return append(groups, starts[r])
}

// AttendPacked is causal attention of packed rows: q, k, v [N, H*head_dim]. pastK and pastV [1, H, P, head_dim], which every
// row sees whole and which are not copied for it, may be nil. dropout is the probability of attention dropout. The result is
// [N, H*head_dim].
func (s *Scope) AttendPacked(q, k, v, pastK, pastV *Tensor, rows *PackedRows, heads int, dropout float64) *Tensor {
	var pk, pv, onGPU, out C.xpt_tensor
	if pastK != nil {
		pk, pv = pastK.c(), pastV.c()
	}
	if rows.onGPU != nil {
		onGPU = rows.onGPU.c()
	}
	numbers := func(values []int64) *C.int64_t { return (*C.int64_t)(unsafe.SliceData(values)) }
	n := C.int(len(rows.starts) - 1)
	if rows.kernel == FlashAttention {
		checkC("attention", C.xpt_attention_flash(q.c(), k.c(), v.c(), pk, pv, numbers(rows.starts), n, numbers(rows.groups), C.int(len(rows.groups)),
			onGPU, C.int(heads), C.double(dropout), &out))
		return s.own("attention", out)
	}
	within := [3]C.int64_t{C.int64_t(rows.place.First), C.int64_t(rows.place.Tokens), C.int64_t(rows.place.Longest)}
	checkC("attention", C.xpt_attention_packed(q.c(), k.c(), v.c(), pk, pv, numbers(rows.starts), numbers(rows.prefixRow), n, C.int(heads),
		C.double(dropout), &within[0], &out))
	return s.own("attention", out)
}
