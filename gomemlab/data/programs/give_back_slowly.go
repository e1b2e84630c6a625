// How long free memory stays: 256 MiB are written to and dropped, and nobody calls FreeOSMemory.
//
// After one cycle the program waits, and after a second one again, while HeapReleased is read every tenth of a second.
// Then 64 MiB of small objects, four in a span: of some of them one is kept in each span, of others every fourth span, or
// one span in each 4 MiB.
//
// GOMAXPROCS=4 go run give_back_slowly.go > give_back_slowly.json
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	MiB   = 1 << 20
	Size  = 2048 // bytes of a small object: four in a span of one page
	Small = 64 * MiB / Size
)

type reading struct {
	Step                                         string
	Ms                                           int64 // since the cycle ended
	HeapAlloc, HeapInuse, HeapIdle, HeapReleased uint64
}

type small [Size]byte

var (
	readings []reading
	blocks   [][]byte
	kept     []*small
)

func read(step string, since time.Time) uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	readings = append(readings, reading{step, time.Since(since).Milliseconds(), m.HeapAlloc, m.HeapInuse, m.HeapIdle, m.HeapReleased})
	return m.HeapReleased
}

func wait(step string, tenths int) {
	began := time.Now()
	for range tenths {
		read(step, began)
		time.Sleep(100 * time.Millisecond)
	}
	read(step, began)
}

func large() {
	for range 256 {
		block := make([]byte, MiB)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		blocks = append(blocks, block)
	}
	blocks = nil
}

func sparse(step string, keep func(i int) bool) {
	kept = make([]*small, 0, Small)
	all := make([]*small, 0, Small)
	for range Small {
		all = append(all, new(small))
	}
	for i, one := range all {
		if keep(i) {
			kept = append(kept, one)
		}
	}
	clear(all)
	read(step+", all", time.Now())
	debug.FreeOSMemory()
	read(step+", after FreeOSMemory", time.Now())
	runtime.KeepAlive(kept)
	clear(kept)
	debug.FreeOSMemory()
}

func main() {
	read("start", time.Now())
	large()
	runtime.GC()
	wait("one cycle", 20)
	runtime.GC()
	wait("two cycles", 40)
	debug.FreeOSMemory()
	sparse("one object in each span", func(i int) bool { return i%4 == 0 })
	sparse("every fourth span", func(i int) bool { return i%16 < 4 })
	sparse("one span in each chunk", func(i int) bool { return i%2048 < 4 })
	json.NewEncoder(os.Stdout).Encode(map[string]any{"go": runtime.Version(), "procs": runtime.GOMAXPROCS(0), "readings": readings})
}
