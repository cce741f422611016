// SPDX-License-Identifier: MIT
// A Rust program that runs threads in the host world. No binding generator: the functions that it
// uses are declared by hand, structures of the library's are opaque memory whose size and alignment
// the library says (rota/layout.h), and the two that a caller fills in are checked against it.
#![no_std]

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub struct Handle {
    index: u32,
    generation: u32,
}

#[repr(C)]
pub struct Timeout {
    ns: u64,
    kind: u32,
}

#[repr(C)]
struct Extent {
    size: usize,
    alignment: usize,
}

#[repr(C)]
struct Layout {
    instance: Extent,
    cpu: Extent,
    slot: Extent,
    task: Extent,
    thread: Extent,
    wait: Extent,
    timer: Extent,
    task_stats: Extent,
    config: Extent,
    thread_options: Extent,
}

#[repr(C)]
struct Stack {
    memory: *mut c_void,
    size: usize,
}

#[repr(C)]
struct Config {
    cpus: *const *mut c_void,
    cpu_count: u32,
    home_stacks: *const Stack,
    slots: *mut c_void,
    slot_count: u32,
    policies: *const *const c_void,
    policy_count: u32,
    memory: *mut c_void,
    memory_size: usize,
    rings: *const *mut c_void,
    slice_ns: u64,
    tick_ns: u64,
    resolution_ns: u64,
    look_ns: u64,
    watchdog_ns: u64,
    exact: bool,
    report: Option<extern "C" fn(*const u8)>,
    misuse: Option<extern "C" fn(*const c_void)>,
}

#[repr(C)]
struct Params {
    class_index: u8,
    flags: u8,
    priority: u16,
    weight: u32,
    slice_ns: u64,
    runtime_ns: u64,
    deadline_ns: u64,
    period_ns: u64,
}

#[repr(C)]
struct TaskOptions {
    name: *const u8,
    params: Params,
    affinity: usize,
    stats: *mut c_void,
    on_exit: Option<extern "C" fn(*mut c_void, isize)>,
    space: *mut c_void,
    detached: bool,
    stack: u8,
}

#[repr(C)]
struct ThreadOptions {
    task: TaskOptions,
    entry: Option<extern "C" fn(*mut c_void) -> isize>,
    argument: *mut c_void,
    stack: *mut c_void,
    stack_size: usize,
    tls: *mut c_void,
    fpu: bool,
}

#[repr(C)]
pub struct World {
    name: *const u8,
    cpus: u32,
    cpu: *const *mut c_void,
    home_stacks: *const Stack,
    spares: *const Stack,
    spare_count: u32,
    memory: *mut u8,
    memory_size: usize,
}

// Defaults of rota_config.h: 6 words, 4 classes, 1024 CPUs, 256 levels. A library that was compiled
// with others has functions of other names, and this does not link.
extern "C" {
    static rota_layout: Layout;
    static rota_policy_rr: c_void;
    #[link_name = "rota_init_w6c4n1024p256"]
    fn rota_init(rota: *mut c_void, config: *const Config) -> i32;
    #[link_name = "rota_bytes_w6c4n1024p256"]
    fn rota_bytes(config: *const Config) -> usize;
    #[link_name = "rota_thread_create_w6c4n1024p256"]
    fn rota_thread_create(
        thread: *mut c_void,
        options: *const ThreadOptions,
        handle: *mut Handle,
    ) -> i32;
    fn rota_start(task: Handle) -> i32;
    fn rota_wake(task: Handle) -> i32;
    fn rota_park() -> i32;
    fn rota_join(task: Handle, timeout: Timeout, code: *mut isize) -> i32;
    fn rota_stop(rota: *mut c_void);
    fn world_run(world: *const World, rota: *mut c_void, tick_ns: u64) -> i32;
    fn world_putc(c: u8);
    fn abort() -> !;
}

const OK: i32 = 0;
const ESTALE: i32 = -2;
const FOREVER: Timeout = Timeout { ns: u64::MAX, kind: 2 };

static FAILED: AtomicU32 = AtomicU32::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static INSTANCE: AtomicUsize = AtomicUsize::new(0);

fn print(text: &str) {
    for byte in text.bytes() {
        unsafe { world_putc(byte) }
    }
}

fn expect(good: bool, name: &str) {
    print(if good { "ok Rust: " } else { "not ok Rust: " });
    print(name);
    print("\n");
    if !good {
        FAILED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Memory of the world's, zeroed, never given back.
fn take(size: usize, alignment: usize) -> *mut c_void {
    let at = (NEXT.load(Ordering::Relaxed) + alignment - 1) / alignment * alignment;
    NEXT.store(at + size, Ordering::Relaxed);
    at as *mut c_void
}

fn take_extent(extent: &Extent, count: usize) -> *mut c_void {
    take(extent.size * count, extent.alignment)
}

/// Makes and starts a thread; the handle that names nobody where that fails.
fn spawn(entry: extern "C" fn(*mut c_void) -> isize, argument: usize) -> Handle {
    const STACK: usize = 64 << 10;
    let mut handle = Handle { index: 0, generation: 0 };
    unsafe {
        let mut options: ThreadOptions = core::mem::zeroed();
        options.task.name = b"Rust\0".as_ptr();
        options.entry = Some(entry);
        options.argument = argument as *mut c_void;
        options.stack = take(STACK, 16);
        options.stack_size = STACK;
        let thread = take_extent(&rota_layout.thread, 1);
        if rota_thread_create(thread, &options, &mut handle) != OK || rota_start(handle) != OK {
            return Handle { index: 0, generation: 0 };
        }
    }
    handle
}

/// Waits for the end; the exit code, or a value that no thread here ends with.
fn join(task: Handle) -> isize {
    let mut code: isize = isize::MIN;
    match unsafe { rota_join(task, FOREVER, &mut code) } {
        OK => code,
        _ => isize::MIN,
    }
}

const ROUNDS: usize = 1000;
static TURN: AtomicUsize = AtomicUsize::new(2);
static PLAYERS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

fn pack(handle: Handle) -> usize {
    (handle.generation as usize) << 32 | handle.index as usize
}

fn unpack(word: usize) -> Handle {
    Handle { index: word as u32, generation: (word >> 32) as u32 }
}

/// Sleeps until the turn is mine, then gives it to the other.
extern "C" fn player(argument: *mut c_void) -> isize {
    let mine = argument as usize;
    for _ in 0..ROUNDS {
        while TURN.load(Ordering::SeqCst) != mine {
            unsafe { rota_park() };
        }
        TURN.store(1 - mine, Ordering::SeqCst);
        unsafe { rota_wake(unpack(PLAYERS[1 - mine].load(Ordering::SeqCst))) };
    }
    mine as isize + 1
}

fn play() {
    let one = spawn(player, 0);
    let two = spawn(player, 1);
    PLAYERS[0].store(pack(one), Ordering::SeqCst);
    PLAYERS[1].store(pack(two), Ordering::SeqCst);
    TURN.store(0, Ordering::SeqCst);
    unsafe { rota_wake(one) };
    let sound = join(one) == 1 && join(two) == 2;
    expect(sound, "two threads take turns by park and wake");
    expect(
        unsafe { rota_wake(two) } == ESTALE,
        "a handle is stale once its code is taken",
    );
}

const CROWD: u32 = 5;
static SUM: AtomicU32 = AtomicU32::new(0);

/// Never lets go of its CPU until all have begun: only preemption lets the last one begin.
extern "C" fn counter(_: *mut c_void) -> isize {
    SUM.fetch_add(1, Ordering::SeqCst);
    while SUM.load(Ordering::SeqCst) < CROWD {}
    7
}

extern "C" fn first(_: *mut c_void) -> isize {
    play();
    let mut crowd = [Handle { index: 0, generation: 0 }; CROWD as usize];
    for member in crowd.iter_mut() {
        *member = spawn(counter, 0);
    }
    let mut sound = true;
    for member in crowd.iter() {
        sound &= join(*member) == 7;
    }
    expect(sound, "five that never yield share two CPUs");
    unsafe { rota_stop(INSTANCE.load(Ordering::SeqCst) as *mut c_void) };
    0
}

#[no_mangle]
pub extern "C" fn world_main(world: *const World) -> i32 {
    const SLOTS: u32 = 16;
    unsafe {
        NEXT.store((*world).memory as usize, Ordering::Relaxed);
        expect(
            rota_layout.config.size == core::mem::size_of::<Config>()
                && rota_layout.thread_options.size == core::mem::size_of::<ThreadOptions>()
                && rota_layout.config.alignment == core::mem::align_of::<Config>()
                && rota_layout.thread_options.alignment == core::mem::align_of::<ThreadOptions>(),
            "the structures that a caller fills in are as large as the library's",
        );
        let policies: [*const c_void; 1] = [&rota_policy_rr];
        let mut config: Config = core::mem::zeroed();
        config.cpus = (*world).cpu;
        config.cpu_count = 2;
        config.home_stacks = (*world).home_stacks;
        config.slots = take_extent(&rota_layout.slot, SLOTS as usize);
        config.slot_count = SLOTS;
        config.policies = policies.as_ptr();
        config.policy_count = 1;
        config.slice_ns = 2_000_000;
        config.memory_size = rota_bytes(&config);
        config.memory = take(config.memory_size, 64);
        let instance = take_extent(&rota_layout.instance, 1);
        INSTANCE.store(instance as usize, Ordering::SeqCst);
        expect(rota_init(instance, &config) == OK, "an instance in opaque memory");
        spawn(first, 0);
        expect(world_run(world, instance, 0) == OK, "the world ran and stopped");
    }
    (FAILED.load(Ordering::Relaxed) != 0) as i32
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    print("not ok Rust: panic\n");
    unsafe { abort() }
}

/// The compiler's own library names it; nothing here unwinds.
#[no_mangle]
pub extern "C" fn rust_eh_personality() {}
