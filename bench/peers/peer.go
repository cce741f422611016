// SPDX-License-Identifier: MIT
// Goroutines on one processor, on the work of bench/peers/run. Prints
// "work<TAB>hundredths of ns, or bytes".
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func report(work string, begin time.Time, operations int) {
	fmt.Printf("%s\t%d\n", work, time.Since(begin).Nanoseconds()*100/int64(operations))
}

func resident() int {
	var size, pages int
	file, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0
	}
	defer file.Close()
	fmt.Fscan(file, &size, &pages)
	return pages * 4096
}

func yields(work string, count int) {
	var stop atomic.Bool
	done := make(chan bool)
	for i := 1; i < count; i++ {
		go func() {
			for !stop.Load() {
				runtime.Gosched()
			}
			done <- true
		}()
	}
	runtime.Gosched()
	times := 200000 / count
	begin := time.Now()
	for i := 0; i < times; i++ {
		runtime.Gosched()
	}
	report(work, begin, times*count)
	stop.Store(true)
	for i := 1; i < count; i++ {
		<-done
	}
}

func create() {
	const times = 50000
	done := make(chan bool)
	begin := time.Now()
	for i := 0; i < times; i++ {
		go func() { done <- true }()
		<-done
	}
	report("create", begin, times)
}

func wake() {
	const times = 50000
	there, back := make(chan bool), make(chan bool)
	go func() {
		for range there {
			back <- true
		}
		close(back)
	}()
	begin := time.Now()
	for i := 0; i < times; i++ {
		there <- true
		<-back
	}
	report("wake", begin, times)
	close(there)
	<-back
}

func idle() {
	const count = 10000
	stop := make(chan bool)
	runtime.GC()
	before := resident()
	for i := 0; i < count; i++ {
		go func() { <-stop }()
	}
	runtime.Gosched()
	fmt.Printf("idle\t%d\n", (resident()-before)/count*100)
	close(stop)
}

// Each call is a goroutine.
func fib(n int, value *int, done *sync.WaitGroup) {
	defer done.Done()
	if n < 2 {
		*value = n
		return
	}
	var a, b int
	var both sync.WaitGroup
	both.Add(2)
	go fib(n-1, &a, &both)
	go fib(n-2, &b, &both)
	both.Wait()
	*value = a + b
}

func on(workers int, fibWork, manyWork string) {
	const calls, many = 242785, 1000000
	runtime.GOMAXPROCS(workers)
	var value int
	var all sync.WaitGroup
	begin := time.Now()
	all.Add(1)
	go fib(25, &value, &all)
	all.Wait()
	report(fibWork, begin, calls)
	if value != 75025 {
		os.Exit(1)
	}
	begin = time.Now()
	all.Add(many)
	for i := 0; i < many; i++ {
		go all.Done()
	}
	all.Wait()
	report(manyWork, begin, many)
}

func main() {
	runtime.GOMAXPROCS(1)
	idle() // first: later the stacks of those that have ended are used again
	yields("yield2", 2)
	yields("yield1000", 1000)
	create()
	wake()
	on(1, "fib1", "many1")
	on(2, "fib2", "many2")
}
