// SPDX-License-Identifier: MIT
// Tokio on the work of bench/peers/run. Prints "work<TAB>hundredths of ns, or bytes".
use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

struct Counting;
static LIVE: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Relaxed);
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        System.dealloc(memory, layout)
    }
}

#[global_allocator]
static MEMORY: Counting = Counting;

fn report(work: &str, begin: Instant, operations: u64) {
    println!("{}\t{}", work, begin.elapsed().as_nanos() as u64 * 100 / operations);
}

fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).build().expect("a runtime")
}

// All that is measured runs in a task, on a worker.
fn inside<F: Future<Output = ()> + Send + 'static>(runtime: &Runtime, what: F) {
    runtime.block_on(async { tokio::spawn(what).await.expect("a task") });
}

async fn yields() {
    const TIMES: u64 = 200000;
    let other = tokio::spawn(async {
        for _ in 0..TIMES {
            tokio::task::yield_now().await;
        }
    });
    let begin = Instant::now();
    for _ in 0..TIMES {
        tokio::task::yield_now().await;
    }
    report("poll", begin, 2 * TIMES);
    other.await.expect("a task");
}

async fn wake() {
    const TIMES: u64 = 100000;
    let there = Arc::new(Semaphore::new(0));
    let back = Arc::new(Semaphore::new(0));
    let (mine, others) = (there.clone(), back.clone());
    let other = tokio::spawn(async move {
        for _ in 0..TIMES {
            mine.acquire().await.expect("open").forget();
            others.add_permits(1);
        }
    });
    let begin = Instant::now();
    for _ in 0..TIMES {
        there.add_permits(1);
        back.acquire().await.expect("open").forget();
    }
    report("fwake", begin, TIMES);
    other.await.expect("a task");
}

async fn spawn() {
    const TIMES: u64 = 100000;
    let begin = Instant::now();
    for _ in 0..TIMES {
        tokio::spawn(async {}).await.expect("a task");
    }
    report("spawn", begin, TIMES);
}

async fn idle() {
    const COUNT: usize = 10000;
    let never = Arc::new(Semaphore::new(0));
    let mut all = Vec::with_capacity(COUNT);
    let before = LIVE.load(Relaxed);
    for _ in 0..COUNT {
        let never = never.clone();
        all.push(tokio::spawn(async move {
            never.acquire().await.expect("open").forget();
        }));
    }
    tokio::task::yield_now().await;
    println!("bytes\t{}", (LIVE.load(Relaxed) - before) / COUNT * 100);
    never.add_permits(COUNT);
    for one in all {
        one.await.expect("a task");
    }
}

// Each call is a task.
fn fib(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let a = tokio::spawn(fib(n - 1));
        let b = tokio::spawn(fib(n - 2));
        a.await.expect("a task") + b.await.expect("a task")
    })
}

async fn small(fib_work: &'static str, many_work: &'static str) {
    const CALLS: u64 = 242785;
    const MANY: usize = 1000000;
    let begin = Instant::now();
    assert!(fib(25).await == 75025);
    report(fib_work, begin, CALLS);
    let mut all = Vec::with_capacity(MANY);
    let begin = Instant::now();
    for _ in 0..MANY {
        all.push(tokio::spawn(async {}));
    }
    for one in all {
        one.await.expect("a task");
    }
    report(many_work, begin, MANY as u64);
}

fn main() {
    let one = workers(1);
    inside(&one, yields());
    inside(&one, wake());
    inside(&one, spawn());
    inside(&one, idle());
    inside(&one, small("fib1", "many1"));
    drop(one);
    inside(&workers(2), small("fib2", "many2"));
}
