// Outside: goroutines on one P that wait for the network and for timers, while cycles of the collector run.
// GOMEMLAB_TRACE names the file for the execution trace.
package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

type node struct{ next *node }

var keep *node

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func echo(clients, messages int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var done sync.WaitGroup
	go func() {
		for range clients {
			conn, err := listener.Accept()
			check(err)
			go func() { io.Copy(conn, conn); conn.Close() }()
		}
	}()
	for range clients {
		done.Add(1)
		go func() {
			conn, err := net.Dial("tcp", listener.Addr().String())
			check(err)
			buf := make([]byte, 16)
			for range messages {
				conn.Write(buf)
				io.ReadFull(conn, buf)
			}
			conn.Close()
			done.Done()
		}()
	}
	done.Wait()
	listener.Close()
}

func grow(n int) {
	var done sync.WaitGroup
	for range 4 {
		done.Add(1)
		go func() {
			for i := range n {
				keep = &node{keep}
				if i%1000 == 0 {
					runtime.Gosched()
				}
			}
			done.Done()
		}()
	}
	done.Wait()
}

func ticks(n int) {
	ticker := time.NewTicker(time.Millisecond)
	for range n {
		<-ticker.C
	}
	ticker.Stop()
}

func main() {
	runtime.GOMAXPROCS(1)
	file, err := os.Create(os.Getenv("GOMEMLAB_TRACE"))
	check(err)
	check(trace.Start(file))
	echo(3, 10)
	ticks(10)
	grow(200_000)
	echo(3, 10)
	trace.Stop()
	file.Close()
}
