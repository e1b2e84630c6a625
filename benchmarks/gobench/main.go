// Gobench is what the model is measured against: real Go, allocating the same sizes.
//
// Standard input holds the sizes as little-endian uint16. Each becomes one pointer-free object that escapes to the heap;
// standard output gets the nanoseconds of processor time they took together. Run it with GOGC=off and GOMAXPROCS=1.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"syscall"
)

var sink []byte

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	sizes := make([]uint16, len(input)/2)
	for i := range sizes {
		sizes[i] = binary.LittleEndian.Uint16(input[2*i:])
	}
	begin := processorTime()
	for _, size := range sizes {
		sink = make([]byte, size)
	}
	fmt.Println(processorTime() - begin)
}

// processorTime says how long this process has run, in nanoseconds; other processes do not count.
func processorTime() int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
