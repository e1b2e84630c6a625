// Objects of 8 to 1023 bytes, each power of two equally likely, half of them with pointers; the last thousand stay in use.
package main

import (
	"fmt"
	"math/rand/v2"

	"gomemlab/oplog"
)

var (
	plain  [500][]byte
	linked [500][]*byte
)

func main() {
	random := rand.New(rand.NewPCG(27, 3))
	for i := range 30_000 {
		octave := 8 << random.IntN(7)
		size := octave + random.IntN(octave)
		if random.IntN(2) == 0 {
			plain[i%len(plain)] = oplog.Bytes(size)
		} else {
			linked[i%len(linked)] = oplog.Pointers(size / 8)
		}
	}
	fmt.Println("30,000 objects")
}
