// Memory that a program drops, gives back, has in C, and never writes to: what Go counts and what the kernel sees.
//
// CGO_ENABLED=1 GOMAXPROCS=1 GOGC=off go run give_back.go > give_back.json
// GODEBUG=madvdontneed=0 gives pages back with MADV_FREE.
package main

/*
#include <stdlib.h>
#include <string.h>
*/
import "C"

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"unsafe"
)

const MiB = 1 << 20

type reading struct {
	Step                                                  string
	HeapAlloc, HeapSys, HeapIdle, HeapInuse, HeapReleased uint64
	Sys, StackSys, MSpanInuse, MSpanSys                   uint64
	MCacheInuse, MCacheSys, BuckHashSys, GCSys, OtherSys  uint64
	NumGC, NumForcedGC                                    uint32
	Kept                                                  bool   // the kept object is where it was, with what it held
	RSS, RSSFile                                          uint64 // bytes
}

var (
	kept     = []byte("still here")
	where    = uintptr(unsafe.Pointer(&kept[0]))
	readings []reading
	blocks   [][]byte
)

func status(key string) uint64 {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, key+":"); found {
			kib, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}

func read(step string) {
	rss, file := status("VmRSS"), status("RssFile")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	readings = append(readings, reading{
		step, m.HeapAlloc, m.HeapSys, m.HeapIdle, m.HeapInuse, m.HeapReleased, m.Sys, m.StackSys, m.MSpanInuse,
		m.MSpanSys, m.MCacheInuse, m.MCacheSys, m.BuckHashSys, m.GCSys, m.OtherSys, m.NumGC, m.NumForcedGC,
		uintptr(unsafe.Pointer(&kept[0])) == where && string(kept) == "still here", rss, file,
	})
}

func write(block []byte) {
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
}

func main() {
	read("start")
	for range 256 {
		blocks = append(blocks, make([]byte, MiB))
	}
	read("256 MiB made")
	for _, block := range blocks {
		write(block)
	}
	read("written")
	blocks = nil
	read("dropped")
	runtime.GC()
	read("GC")
	debug.FreeOSMemory()
	read("FreeOSMemory")
	inC := C.malloc(64 * MiB)
	C.memset(inC, 1, 64*MiB)
	read("C.malloc of 64 MiB")
	runtime.GC()
	read("GC again")
	C.free(inC)
	read("C.free")
	json.NewEncoder(os.Stdout).Encode(map[string]any{"go": runtime.Version(), "readings": readings})
}
