// What lesson 16 asks of real Go: ten MiB that nobody uses any more, what a hundred readings of the statistics cost,
// and what a heap profile says of objects that were counted. One JSON value on stdout.
//
//	go run measuring.go > measuring.json
package main

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"time"
)

type stats struct {
	Alloc      uint64 `json:"alloc"`
	TotalAlloc uint64 `json:"total_alloc"`
	Sys        uint64 `json:"sys"`
	NumGC      uint32 `json:"num_gc"`
}

type reading struct {
	What      string  `json:"what"`
	Calls     int     `json:"calls"`
	Stops     uint64  `json:"stops"`
	PerCallNs float64 `json:"per_call_ns"`
}

type profiled struct {
	Size    int    `json:"size"`
	Objects int    `json:"objects"`
	Said    int64  `json:"said"`
	Samples int64 `json:"samples"`
}

const calls = 100

var first uint32

func report(out *[]stats) {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	*out = append(*out, stats{s.Alloc, s.TotalAlloc, s.Sys, s.NumGC - first})
}

func begin() {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	first = s.NumGC
}

//go:noinline
func unused() (out []stats) {
	begin()
	report(&out)
	data := make([]byte, 10<<20)
	data[0] = 1
	report(&out)
	data = nil
	report(&out)
	return out
}

//go:noinline
func used() (out []stats) {
	begin()
	report(&out)
	data := make([]byte, 10<<20)
	data[0] = 1
	report(&out)
	runtime.KeepAlive(data)
	data = nil
	report(&out)
	return out
}

// pauses counts the stops of the world: all that are not the collector's own.
func pauses() uint64 {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/other:seconds"}}
	metrics.Read(samples)
	var total uint64
	for _, n := range samples[0].Value.Float64Histogram().Counts {
		total += n
	}
	return total
}

func cost(what string, read func()) reading {
	before := pauses()
	start := time.Now()
	for range calls {
		read()
	}
	took := time.Since(start)
	return reading{what, calls, pauses() - before, float64(took.Nanoseconds()) / calls}
}

var kept []*[1024]byte

// profile makes objects of 1 KiB, keeps them, and returns what pprof would say of them: each record stands for
// 1/(1-e^(-1024/524288)) objects.
func profile(objects int) profiled {
	kept = nil
	runtime.GC()
	runtime.GC()
	for range objects {
		kept = append(kept, new([1024]byte))
	}
	runtime.GC()
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 1000)
	n, _ := runtime.MemProfile(records, false)
	var samples int64
	for _, r := range records[:n] {
		if r.InUseObjects() > 0 && r.InUseBytes() == 1024*r.InUseObjects() {
			samples += r.InUseObjects()
		}
	}
	return profiled{1024, objects, int64(float64(samples) / (1 - math.Exp(-1024.0/524288))), samples}
}

func main() {
	metricsRead := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	var s runtime.MemStats
	out := map[string]any{
		"go":     runtime.Version(),
		"unused": unused(),
		"used":   used(),
		"readings": []reading{
			cost("runtime.ReadMemStats", func() { runtime.ReadMemStats(&s) }),
			cost("metrics.Read", func() { metrics.Read(metricsRead) }),
		},
	}
	profiles := []profiled{}
	for range 10 {
		profiles = append(profiles, profile(2000))
	}
	out["profiles"] = profiles
	json.NewEncoder(os.Stdout).Encode(out)
}
