package checkpoints

import (
	"bytes"
	"errors"
)

// blockSize is the bytes of a streamed block, a multiple of every element size.
const blockSize = 4 << 20

// blocks visits the elements in blocks, and releases the mapped pages of each, so that memory stays constant. A strided tensor
// is gathered first.
func (v view) blocks(visit func(block []byte) error) error {
	v = v.dense()
	for data := v.stored; len(data) > 0; {
		block := data[:min(blockSize, len(data))]
		if err := visit(block); err != nil {
			return err
		}
		v.file.release(block)
		data = data[len(block):]
	}
	return nil
}

// castBlocks visits the elements, cast to another type, in blocks; the block is reused. overflowed counts finite values that
// became infinite.
func (v view) castBlocks(to DType, visit func(block []byte) error) (overflowed int, err error) {
	if v.dtype == to {
		return 0, v.blocks(visit)
	}
	out := make([]byte, blockSize/v.dtype.Size()*to.Size())
	err = v.blocks(func(block []byte) error {
		as := out[:len(block)/v.dtype.Size()*to.Size()]
		overflowed += cast(as, to, block, v.dtype)
		return visit(as)
	})
	return overflowed, err
}

// errDiffer ends a comparison early.
var errDiffer = errors.New("values differ")

// equals tells whether other has the elements, cast to its type, bit for bit. step is called with the bytes of each block.
func (v view) equals(other view, step func(int) error) (bool, error) {
	other = other.dense()
	rest := other.stored
	_, err := v.castBlocks(other.dtype, func(block []byte) error {
		if len(block) > len(rest) || !bytes.Equal(block, rest[:len(block)]) {
			return errDiffer
		}
		other.file.release(rest[:len(block)])
		rest = rest[len(block):]
		return step(len(block))
	})
	if err == errDiffer {
		return false, nil
	}
	return err == nil && len(rest) == 0, err
}
