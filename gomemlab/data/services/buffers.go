// Buffers without pointers: a proxy copies bodies of 4 to 256 KiB through a window of those in flight.
package main

import (
	"hash/crc32"
	"math/rand"
	"sync"
)

var (
	sums   [4]uint32
	flight [4][120][]byte
)

func main() {
	defer report()
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			random := rand.New(rand.NewSource(int64(w)))
			for range 30000 {
				body := make([]byte, 4096<<random.Intn(7))
				for i := 0; i < len(body); i += 512 {
					body[i] = byte(i)
				}
				slot := random.Intn(len(flight[w]))
				sums[w] += crc32.ChecksumIEEE(body)
				flight[w][slot] = body
				served.Add(1)
			}
		}()
	}
	wait.Wait()
}
