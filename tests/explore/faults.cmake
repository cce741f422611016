# SPDX-License-Identifier: MIT
# Plants faults in copies of the core: cmake -DSOURCE=src -DOUT=directory -P faults.cmake
# Each takes effect where explore_fault is its number; 0 is the core as it is. faults.h, written
# beside the copies, says which of them found the code that they change.
cmake_minimum_required(VERSION 3.25)
set(number 0)
set(table "")
set(planted "")

# fault(NAME FILE PROGRAM FROM TO [FROM TO]): each FROM in FILE becomes its TO; @ in TO is whether the
# fault is on. PROGRAM is where to look for it first.
function(fault name file program)
  math(EXPR n "${number} + 1")
  set(number ${n} PARENT_SCOPE)
  set(copy ${OUT}/${file})
  if(NOT file IN_LIST planted)
    set(planted ${planted} ${file} PARENT_SCOPE)
    file(READ ${SOURCE}/${file} text)
    file(WRITE ${copy} "extern int explore_fault;\n${text}")
  endif()
  file(READ ${copy} text)
  set(found true)
  set(i 3)
  while(i LESS ARGC)
    set(from "${ARGV${i}}")
    math(EXPR i "${i} + 1")
    string(REPLACE "@" "(explore_fault == ${n})" to "${ARGV${i}}")
    math(EXPR i "${i} + 1")
    string(FIND "${text}" "${from}" at)
    if(at EQUAL -1)
      set(found false)
    endif()
    string(REPLACE "${from}" "${to}" text "${text}")
  endwhile()
  if(found)
    file(WRITE ${copy} "${text}")
  endif()
  set(table
    "${table}        {${n}, \"${name}\", \"${program}\", ${found}},\n" PARENT_SCOPE)
endfunction()

# Who halts does not wait for its own store before it looks.
fault("missing barrier before the halt" core/home.c wake-park
  [=[rota_atomic_store(&cpu->idle, IDLE_HALTED);
        /* Partner: place_notify stores what waits, then looks at the idle state. */
        rota_atomic_store_then_look();]=]
  [=[rota_atomic_store(&cpu->idle, IDLE_HALTED);
        if (!@)
                rota_atomic_store_then_look();]=])

# Who places does not wait for its own store before it looks.
fault("missing barrier before the kick" core/place.c wake-park
  [=[/* Partner: home.c stores IDLE_HALTED, then looks at need and ready; leave.c IDLE_LEFT, then
         * at ready. */
        rota_atomic_store_then_look();]=]
  [=[if (!@)
                rota_atomic_store_then_look();]=])

# The CPU halts without a second look.
fault("no look before the halt" core/home.c wake-park
  [=[if (!work_came(cpu))
                rota_port_idle]=]
  [=[if (@ || !work_came(cpu))
                rota_port_idle]=])

# PARKED before the registers are saved: a waker queues it too early.
fault("early enqueue: parked before it is saved" core/decide.c priority-park
  [=[                prev->fate = FATE_PARK;]=]
  [=[                prev->fate = FATE_PARK;
                if (@) {
                        rota_atomic_store(&prev->where, WHERE_PARKED);
                        if (park_commit(prev))
                                prev->fate = FATE_READY;
                }]=])

# The lock is given back before the switch: who waits here is pulled before it is saved.
fault("the lock is released before the switch" core/switch.h yield-against-wake
  [=[        if (to != from)
                switch_context(from, to, involuntary);]=]
  [=[        if (@)
                rota_unlock(&cpu->lock);
        if (to != from)
                switch_context(from, to, involuntary);]=]
  [=[        rota_port_switched(cpu->previous, cpu->current);]=]
  [=[        if (@)
                rota_lock(&cpu->lock);
        rota_port_switched(cpu->previous, cpu->current);]=])

# Every wake believes that it has won the task.
fault("double enqueue: a wake of a runnable task queues it" core/park.c two-wakers
  [=[                        if (state == WORD_PARKED)
                                *won = slot_task(slot);]=]
  [=[                        if (state == WORD_PARKED || (@ && state == WORD_RUNNABLE))
                                *won = slot_task(slot);]=])

# The park does not look at the token that came while it was on its way.
fault("lost token" core/park.c wake-park
  [=[bool stays = (word & WORD_TOKEN) || cancelled;]=]
  [=[bool stays = ((word & WORD_TOKEN) && !@) || cancelled;]=])

# The park does not look at a cancel that came while it was on its way.
fault("lost cancel" core/park.c cancel-park
  [=[bool cancelled = (word & WORD_CANCEL) && !(word & WORD_HOLD);
                bool stays]=]
  [=[bool cancelled = !@ && (word & WORD_CANCEL) && !(word & WORD_HOLD);
                bool stays]=])

# The timer's callback runs without the lock: a cancel returns before it is over.
fault("a timer's callback outlives its cancel" core/timer.c time-out-elsewhere
  [=[                timer->callback(timer->argument);
                rota_unlock(&cpu->timer_lock);]=]
  [=[                if (@)
                        rota_unlock(&cpu->timer_lock);
                timer->callback(timer->argument);
                if (!@)
                        rota_unlock(&cpu->timer_lock);]=])

# A join returns while the exit callback still runs.
fault("dead before its burial is over" core/ends.h two-joiners
  [=[WORD_DEAD | WORD_BUSY | WORD_PIN;]=]
  [=[WORD_DEAD | (@ ? 0 : WORD_BUSY) | WORD_PIN;]=])

# A wake does not wait for who looks at the parked task by handle.
fault("a wake ignores the pin" core/park.c affinity-wake-3
  [=[if (state == WORD_PARKED && (word & WORD_PIN)) {]=]
  [=[if (!@ && state == WORD_PARKED && (word & WORD_PIN)) {]=])

# Where the task is becomes visible before whose it is.
fault("missing release where a task is queued" core/queue.h affinity-run
  [=[rota_atomic_store_release(&task->where, WHERE_READY);]=]
  [=[if (@)
                rota_atomic_store(&task->where, WHERE_READY);
        else
                rota_atomic_store_release(&task->where, WHERE_READY);]=])

# A task that was pulled is still in the line that it was pulled from.
fault("double enqueue: a pulled task stays where it was" policy/line.c start-pull
  [=[                line_leaves_queue(from, line_node(task), false);
                rota_list_remove(line_node(task));]=]
  [=[                line_leaves_queue(from, line_node(task), false);
                if (!@)
                        rota_list_remove(line_node(task));]=])

# Who looks at a task by handle does not look again where it is once he has the lock.
fault("no second look behind the lock" core/place.c affinity-wake
  [=[if (rota_atomic_load(&task->cpu) == index && where != WHERE_MOVING) {]=]
  [=[if (@)
                        return cpu;
                if (rota_atomic_load(&task->cpu) == index && where != WHERE_MOVING) {]=])

# The result of a wait is set twice.
fault("a wait has two winners" core/wait.c join-again
  [=[return rota_atomic_cas(&wait->decides->result, &pending, result);]=]
  [=[if (@) {
                rota_atomic_store_release(&wait->result, result);
                return true;
        }
        return rota_atomic_cas(&wait->decides->result, &pending, result);]=])

# Joiners are handed their result without the pin that keeps them in place.
fault("joiners without the pin" core/exit.c exit-join
  [=[        bool taken = free;
        for]=]
  [=[        bool taken = free;
        if (@)
                unpin_dead(slot, 0);
        for]=])

# Who ends at once tells a joiner that may be awake: it goes on before the stack is left.
fault("a joiner is told before it is claimed" core/ends.h end-join
  [=[!park_claim(slot, wait->waiter, &task))
                return NULL;]=]
  [=[(!(@) && !park_claim(slot, wait->waiter, &task)))
                return NULL;
        if (@)
                task = slot_task(slot);]=])

# Who ends a task finds nobody in its joins, and has not closed them against who comes first.
fault("joins that are not closed" core/joins.h end-join
  [=[rota_atomic_cas(&slot->joins, &joins, NULL)]=]
  [=[(@ ? (rota_atomic_store(&slot->joins, NULL), true) : rota_atomic_cas(&slot->joins, &joins, NULL))]=])

# A task that was queued on a CPU which has left meanwhile stays there.
fault("a stray is left behind" core/place.c leave-start
  [=[while (rota_unlikely(put_on(rota, task, to, flags))) {]=]
  [=[while (rota_unlikely(put_on(rota, task, to, flags) && !@)) {]=])

# Who cancels a timer locks the queue that it was in when he looked.
fault("a timer is cancelled where it was" core/timer.c leave-timer-wake
  [=[if (rota_likely(rota_atomic_load(&timer->cpu) == number))]=]
  [=[if (@ || rota_likely(rota_atomic_load(&timer->cpu) == number))]=])

# Timers come to another CPU, and it sleeps on.
fault("a timer moves and nobody arms for it" core/leave.c leave-timer
  [=[        if (any)
                place_notify(to, NEED_TIMERS);]=]
  [=[        if (any && !@)
                place_notify(to, NEED_TIMERS);]=])

# Two CPUs are asked to leave at once, each because the other one stays.
fault("two leave, each relying on the other" core/leave.c leave-both
  [=[        rota_lock(&rota->leave_lock);
        int result = may_leave(rota, cpu);
        if (result == ROTA_OK)
                rota_atomic_store(&cpu->online, CPU_LEAVING);
        rota_unlock(&rota->leave_lock);]=]
  [=[        if (!@)
                rota_lock(&rota->leave_lock);
        int result = may_leave(rota, cpu);
        if (result == ROTA_OK)
                rota_atomic_store(&cpu->online, CPU_LEAVING);
        if (!@)
                rota_unlock(&rota->leave_lock);]=])

# Found by this explorer and by the models when they were new: what is fixed stays fixed.

# Who joins takes a task from a CPU that has joined meanwhile, places it there, takes it.
fault("a CPU that joins and one that has joined" core/leave.c leave-join-both
  [=[while (left != cpu && rota_atomic_load(&left->idle) == IDLE_LEFT &&]=]
  [=[bool was = @ && left != cpu && rota_atomic_load(&left->idle) == IDLE_LEFT;
                while ((@ ? was : left != cpu && rota_atomic_load(&left->idle) == IDLE_LEFT) &&]=])

# A ready task that a change takes out of its queue for a moment is slept over.
fault("a change that tells nobody" core/change.c priority-wake
  [=[if (made)
                place]=]
  [=[if (made & ~(@ ? WAS_READY : 0))
                place]=])

# A CPU that was claimed while it looked goes to sleep, and nobody finds it idle any more.
fault("claimed and asleep" core/home.c start-pull-3
  [=[return !(rota_atomic_load(&cpu->rota->idle_cpus[cpu->index / ROTA_WORD_BITS]) & bit) ||]=]
  [=[return (!@ &&
                       !(rota_atomic_load(&cpu->rota->idle_cpus[cpu->index / ROTA_WORD_BITS]) &
                               bit)) ||]=])

# A change of class writes what another CPU reads without its lock.
fault("a swap writes another CPU's current" core/change.c class-wake
  [=[queue_set_running(cpu, queue, task);]=]
  [=[queue_set_running(cpu, queue, task);
                        if (@)
                                cpu->current = task;]=])

# A decision leaves a wish for its own CPU, and who arrives from a yield round the line does not look.
fault("need bits lost in a switch" core/switch.h priority-yield
  [=[cpu->unfinished = rota_atomic_load(&cpu->need) ||]=]
  [=[cpu->unfinished = (!@ && rota_atomic_load(&cpu->need)) ||]=])

# An unlock takes no notice of who has begun to wait meanwhile.
fault("an unlock that overlooks a waiter" sync/mutex.c mutex
  [=[!rota_atomic_cas(&mutex->word, &mine, 0)]=]
  [=[(@ ? (rota_atomic_store_release(&mutex->word, 0), false) : !rota_atomic_cas(&mutex->word, &mine, 0))]=])

# Who takes a mutex over from an owner that has ended does not learn what that has written.
fault("an ended owner's writes are not acquired" sync/contend.c mutex-owner-ends
  [=[(void)rota_atomic_load_acquire(&slot->word);]=]
  [=[if (!@)
                        (void)rota_atomic_load_acquire(&slot->word);]=])

# The owner ends while somebody begins to wait for it, unpinned.
fault("a waiter behind an end" core/exit.c mutex-owner-ends
  [=[inherit_ended(rota, task);]=]
  [=[if (!@)
                inherit_ended(rota, task);]=])

# Nobody who gives a permit learns that somebody waits for one.
fault("a wait that leaves no mark" sync/permits.c semaphore
  [=[!rota_atomic_cas(word, &none, PERMITS_WAITED)]=]
  [=[!(@ || rota_atomic_cas(word, &none, PERMITS_WAITED))]=])

# Whoever completed it releases the queue's lock when the completion is gone already.
fault("a completion touched when it is gone" sync/completion.c completion-gone
  [=[queue_settle(&completion->waiters);]=]
  [=[if (!@)
                        queue_settle(&completion->waiters);]=])

# A set that finds somebody waiting is lost.
fault("a set that is lost" sync/events.c events
  [=[uint32_t is = rota_events_get(events) | flags;]=]
  [=[uint32_t is = rota_events_get(events) | (@ ? 0 : flags);]=])
# Who waits for a condition is in its queue, and has the mutex still.
fault("a signal before the mutex is given up" sync/condition.c condition-cancel
  [=[rota_mutex_unlock(mutex);
        queue_unlock(&condition->waiters, flags);]=]
  [=[if (!@)
                rota_mutex_unlock(mutex);
        queue_unlock(&condition->waiters, flags);
        if (@)
                rota_mutex_unlock(mutex);]=])

# A reader-writer lock is given back between the look at it and the queue, to nobody.
fault("a lock that is free, and waited for" sync/rwlock.c rwlock
  [=[& WAITED) && possible(lock, how)]=]
  [=[& WAITED) && !@ && possible(lock, how)]=])

# A poll that was woken meanwhile is put aside as if it had not been.
fault("a wake during a poll is lost" core/polls.c poll-wake
  [=[rota_atomic_and(&prev->slot->word, ~(uintptr_t)WORD_TOKEN);
                polls_yield(cpu, prev);
                return;]=]
  [=[rota_atomic_and(&prev->slot->word, ~(uintptr_t)WORD_TOKEN);
                if (!@) {
                        polls_yield(cpu, prev);
                        return;
                }]=])

# A preempted poll has ended, and its stack goes to nobody.
fault("a spare that is lost" core/spare.c poll-preempted
  [=[put(cpu->rota, spare);]=]
  [=[if (!@)
                put(cpu->rota, spare);]=])

# A preempted poll that ends on another CPU is taken for one of the CPU where it began.
fault("a poll that ends where it began" core/turn.c poll-moves
  [=[cpu = rota_port_cpu();
        debug_turn]=]
  [=[cpu = @ ? cpu : rota_port_cpu();
        debug_turn]=])

# Who sends in the short way does not see that somebody waits for a message.
fault("a message past who waits for it" sync/channel.c channel-empty
  [=[channel->limit = 0;
        queue_add]=]
  [=[channel->limit = @ ? channel->capacity : 0;
        queue_add]=])

# Who receives in the short way does not see that somebody waits for room.
fault("room that nobody is told of" sync/channel.c channel-full
  [=[!used || channel->senders.first)]=]
  [=[!used || (!@ && channel->senders.first))]=])

# Who was given a message, and drops it, keeps it.
fault("a message lost with who dropped it" future/await_kinds.c channel-dropped
  [=[return result != ROTA_OK || rota_channel_return(]=]
  [=[return result != ROTA_OK || @ || rota_channel_return(]=])

# Each case of a select has a result of its own.
fault("a select with two winners" sync/select.c select
  [=[wait->decides = &cases[0].wait;]=]
  [=[wait->decides = @ ? wait : &cases[0].wait;]=])

# What did not come first stays in its queue.
fault("a loser that waits still" sync/select.c select
  [=[if (i != served)
                        take_out]=]
  [=[if (i != served && !@)
                        take_out]=])

# A flag that was cleared for who has dropped it stays so.
fault("a flag lost with who dropped it" sync/select.c select-dropped
  [=[if (c->how & ROTA_EVENTS_CLEAR)
                rota_events_set]=]
  [=[if (!@ && (c->how & ROTA_EVENTS_CLEAR))
                rota_events_set]=])

# The first of several is ready, and the others wait on.
fault("a race that drops nobody" future/race.c race
  [=[if (race->future.value >= 0 || !race->success)
                branches_drop(&race->branches);]=]
  [=[if (@)
                race->branches.left = 0;
        else if (race->future.value >= 0 || !race->success)
                branches_drop(&race->branches);]=])

# A worker that has told the end of a call looks at it once more.
fault("a worker that does not let go" sync/work.c call
  [=[worker->work = NULL;]=]
  [=[if (!@)
                worker->work = NULL;]=])

# A call is left to its worker, which has told its end meanwhile.
fault("a call that is left when it is over" future/blocking.c call-dropped
  [=[if (rota_wait_result(&call->wait) == ROTA_EAGAIN) {
                future->value = ROTA_EBUSY;]=]
  [=[if (rota_wait_result(&call->wait) == ROTA_EAGAIN || @) {
                future->value = ROTA_EBUSY;]=])

# The drop of a call and its worker do not agree who is first.
fault("a call that is left without the lock" future/blocking.c call-dropped
  [=[uintptr_t flags = queue_lock(&pool->idle);
        if (rota_wait_result]=]
  [=[uintptr_t flags = @ ? rota_port_irq_save() : queue_lock(&pool->idle);
        if (rota_wait_result]=]
  [=[/* the lock once released, it may be gone */
        }
        queue_unlock(&pool->idle, flags);]=]
  [=[/* the lock once released, it may be gone */
        }
        if (@)
                rota_port_irq_restore(flags);
        else
                queue_unlock(&pool->idle, flags);]=])

# A call that was cancelled stays in its pool's list.
fault("a cancelled call that is made" sync/work.c call-dropped
  [=[take_out(workers, work);
                        tell = over(work);]=]
  [=[if (!@)
                                take_out(workers, work);
                        tell = over(work);]=])

# Who gives a block back does not see that somebody waits for one.
fault("a block past who waits for it" sync/pool.c pool
  [=[if (rota_unlikely((top & LOWER) == WAITED))
                        return false;]=]
  [=[if (rota_unlikely((top & LOWER) == WAITED) && !@)
                        return false;]=])

# Who was given a block, and drops it, keeps it.
fault("a block lost with who dropped it" future/await_more.c pool-dropped
  [=[rota_pool_give((struct rota_pool *)await->object, *block);]=]
  [=[(void)(@ || rota_pool_give((struct rota_pool *)await->object, *block));]=])

# Who waits at a barrier no more is counted still.
fault("a barrier that counts who has gone" sync/barrier.c barrier-dropped
  [=[rota_atomic_store(&barrier->here, barrier->here - 1);]=]
  [=[if (!@)
                        rota_atomic_store(&barrier->here, barrier->here - 1);]=])

# What was done is not published.
fault("missing release where something was done once" sync/once.c once
  [=[rota_atomic_store_release(&once->word, ONCE_DONE);]=]
  [=[if (@)
                        rota_atomic_store(&once->word, ONCE_DONE);
                else
                        rota_atomic_store_release(&once->word, ONCE_DONE);]=])

# Whose turn it was to do something drops it, and nobody else does it.
fault("nobody's to do" future/await_more.c once-dropped
  [=[rota_once_end((struct rota_once *)await->object, ROTA_ECANCELED);]=]
  [=[(void)(@ || rota_once_end((struct rota_once *)await->object, ROTA_ECANCELED));]=])

# A note does not wake who waits for it.
fault("a wait for notes that leaves no mark" sync/notify.c note
  [=[wanted |= NOTES_WAITS;]=]
  [=[wanted |= @ ? 0 : NOTES_WAITS;]=])

file(WRITE ${OUT}/faults.h "/* Written by faults.cmake. */\n"
  "static const struct {\n        int number;\n        const char *name, *program;\n"
  "        bool planted;\n} faults[] = {\n${table}};\n")
