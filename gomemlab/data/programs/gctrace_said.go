// What runtime/metrics and runtime.MemStats say of each of 24 forced cycles, one JSON line each on stdout. Stderr has
// the lines of gctrace, which are to say the same:
//
//	go build -o said gctrace_said.go
//	GODEBUG=gctrace=1 ./said > said.jsonl 2> said.log
//	GODEBUG=gctrace=2,gcpacertrace=1,scavtrace=1 ./said 2> all.log > /dev/null
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

type said struct {
	NumGC         uint32  `json:"num_gc"`
	GCCPUFraction float64 `json:"gc_cpu_fraction"`
	PauseNs       uint64  `json:"pause_ns"`
	Goal          uint64  `json:"goal"` // before the cycle
	Live          uint64  `json:"live"` // after it
	Stacks        uint64  `json:"stacks"`
	Globals       uint64  `json:"globals"`
	Procs         uint64  `json:"procs"`
}

var names = []string{"/gc/heap/goal:bytes", "/gc/heap/live:bytes", "/gc/scan/stack:bytes", "/gc/scan/globals:bytes",
	"/sched/gomaxprocs:threads"}

var table [1 << 18]*[64]byte // globals that are scanned: 2 MiB of pointers

func read() []uint64 {
	samples := make([]metrics.Sample, len(names))
	values := make([]uint64, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	for i := range samples {
		values[i] = samples[i].Value.Uint64()
	}
	return values
}

func deep(n int, wait, ready chan bool) int {
	var frame [64]*byte
	if n == 0 {
		ready <- true
		<-wait
		return 0
	}
	frame[n%64] = new(byte)
	return deep(n-1, wait, ready) + len(frame)
}

func main() {
	out := json.NewEncoder(os.Stdout)
	wait, ready := make(chan bool), make(chan bool)
	var stats runtime.MemStats
	kept := [][]byte{}
	for i := 0; i < 24; i++ {
		for j := 0; j < 1<<13; j++ {
			table[(i<<13+j)%len(table)] = new([64]byte)
		}
		kept = append(kept, make([]byte, i*300_000))
		if i == 12 {
			debug.SetGCPercent(50)
		}
		if i == 16 {
			kept = append([][]byte(nil), kept[:2]...)
		}
		if i == 20 {
			debug.SetGCPercent(-1)
		}
		if i%4 == 1 {
			go deep(4000, wait, ready)
			<-ready
		}
		before := read()
		runtime.GC()
		after := read()
		runtime.ReadMemStats(&stats)
		out.Encode(said{stats.NumGC, stats.GCCPUFraction, stats.PauseNs[(stats.NumGC+255)%256],
			before[0], after[1], after[2], after[3], after[4]})
	}
}
