//! Work on all threads whose results are taken in order, with a ceiling on what waits.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Time between two looks at whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What the threads share.
struct Shared<I, T, E> {
    items: I,
    /// The number of the next item.
    next: u64,
    /// Results that wait for those before them.
    done: BTreeMap<u64, Result<T, E>>,
    /// Their weight.
    waiting: usize,
    /// Threads that still work.
    working: usize,
    stopped: bool,
}

struct Desk<I, T, E> {
    shared: Mutex<Shared<I, T, E>>,
    /// Something was done, or a thread has ended.
    news: Condvar,
    /// There is room for more results.
    room: Condvar,
}

impl<I, T, E> Desk<I, T, E> {
    fn lock(&self) -> MutexGuard<'_, Shared<I, T, E>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of the end of a thread, also when it panics.
struct Working<'a, I, T, E>(&'a Desk<I, T, E>);

impl<I, T, E> Drop for Working<'_, I, T, E> {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.working -= 1;
        // The result that the others wait for may never come.
        shared.stopped |= thread::panicking();
        drop(shared);
        self.0.news.notify_all();
        self.0.room.notify_all();
    }
}

/// Ends the other threads, also when `take` panics.
struct Stop<'a, I, T, E>(&'a Desk<I, T, E>);

impl<I, T, E> Drop for Stop<'_, I, T, E> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.room.notify_all();
    }
}

/// Makes a result of every item, on as many threads as rayon has, and hands the results to `take` in the order of the
/// items, on this thread. While results of more than `ceiling` wait, nothing new is begun.
///
/// Threads take the next item when they are free, so one that takes long holds nobody up. They are not rayon's: `make` may
/// use those.
///
/// While nothing is there to be taken `stop` is asked now and then, and before every item; an error of it ends the work. What is
/// being made then is made to its end.
///
/// # Errors
/// The first error in the order of the items, of `make` or of `take`, or that of `stop`; the rest is not done.
pub(super) fn ordered<I, T, E>(
    items: I,
    ceiling: usize,
    make: impl Fn(I::Item) -> Result<T, E> + Sync,
    weight: impl Fn(&T) -> usize + Sync,
    stop: impl Fn() -> Result<(), E>,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator + Send,
    T: Send,
    E: Send,
{
    let threads = rayon::current_num_threads().max(1);
    let desk = Desk {
        shared: Mutex::new(Shared {
            items,
            next: 0,
            done: BTreeMap::new(),
            waiting: 0,
            working: threads,
            stopped: false,
        }),
        news: Condvar::new(),
        room: Condvar::new(),
    };
    let weigh = |result: &Result<T, E>| result.as_ref().map_or(0, &weight);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&desk, ceiling, &make, weigh));
        }
        let _stop = Stop(&desk);
        for number in 0.. {
            let Some(result) = next_result(&desk, number, weigh, &stop)? else {
                break;
            };
            take(result?)?;
        }
        Ok(())
    })
}

fn work<I: Iterator, T, E>(
    desk: &Desk<I, T, E>,
    ceiling: usize,
    make: impl Fn(I::Item) -> Result<T, E>,
    weigh: impl Fn(&Result<T, E>) -> usize,
) {
    let _working = Working(desk);
    loop {
        let mut shared = desk.lock();
        // Whoever made the result that is waited for has its item already, so this ends.
        while shared.waiting > ceiling && !shared.stopped {
            shared = desk
                .room
                .wait(shared)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if shared.stopped {
            return;
        }
        let Some(item) = shared.items.next() else {
            return;
        };
        let number = shared.next;
        shared.next += 1;
        drop(shared);
        let result = make(item);
        let mut shared = desk.lock();
        shared.waiting += weigh(&result);
        shared.done.insert(number, result);
        drop(shared);
        desk.news.notify_all();
    }
}

/// The result of item `number`, waited for; `None` where there is no such item or its thread has panicked; the error of `stop`.
fn next_result<I, T, E>(
    desk: &Desk<I, T, E>,
    number: u64,
    weigh: impl Fn(&Result<T, E>) -> usize,
    stop: impl Fn() -> Result<(), E>,
) -> Result<Option<Result<T, E>>, E> {
    let mut shared = desk.lock();
    loop {
        stop()?;
        if let Some(result) = shared.done.remove(&number) {
            shared.waiting -= weigh(&result);
            drop(shared);
            desk.room.notify_all();
            return Ok(Some(result));
        }
        if shared.working == 0 {
            return Ok(None);
        }
        let waited = desk.news.wait_timeout(shared, LOOK);
        shared = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Work whose time differs from item to item.
    fn uneven(item: u64) -> u64 {
        (0..item * 7_919 % 5_000).fold(item, |sum, step| std::hint::black_box(sum ^ step ^ step))
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let mut taken = vec![];
        let make = |item| Ok::<_, ()>(uneven(item));
        let take = |result| {
            taken.push(result);
            Ok(())
        };
        ordered(0..2_000_u64, 64, make, |_| 8, || Ok(()), take).unwrap();
        assert_eq!(taken, (0..2_000).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_waits_than_the_ceiling_and_what_was_begun() {
        let (made, taken, most) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        let make = |item: usize| {
            made.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(item)
        };
        let take = |_| {
            thread::yield_now();
            let ahead = made.load(Ordering::SeqCst) - taken.fetch_add(1, Ordering::SeqCst);
            most.fetch_max(ahead, Ordering::SeqCst);
            Ok(())
        };
        ordered(0..5_000, 10, make, |_| 1, || Ok(()), take).unwrap();
        // Ten that wait, one more that made it more than ten, and one begun by every thread.
        let ceiling = 12 + 2 * rayon::current_num_threads();
        assert!(most.load(Ordering::SeqCst) <= ceiling, "{most:?}");
    }

    #[test]
    fn the_first_error_in_order_is_told_and_ends_the_work() {
        let made = AtomicUsize::new(0);
        let make = |item: usize| {
            made.fetch_add(1, Ordering::SeqCst);
            if item % 100 == 50 {
                Err(item)
            } else {
                Ok(item)
            }
        };
        assert_eq!(
            ordered(0..1_000_000, 10, make, |_| 1, || Ok(()), |_| Ok(())),
            Err(50)
        );
        assert!(made.load(Ordering::SeqCst) < 1_000_000);
        let refused = |item| if item == 7 { Err(7) } else { Ok(()) };
        assert_eq!(
            ordered(0..1_000_000, 10, Ok, |_| 1, || Ok(()), refused),
            Err(7)
        );
    }

    #[test]
    fn a_panic_of_a_thread_ends_all() {
        let make = |item: usize| {
            assert!(item != 20, "a bug");
            Ok::<_, ()>(item)
        };
        let run = || ordered(0..100_000, 10, make, |_| 1, || Ok(()), |_| Ok(()));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }
}
