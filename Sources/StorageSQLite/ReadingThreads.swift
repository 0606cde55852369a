import Dispatch

/// The threads on which reads run, so that none waits for the disk on the threads that all tasks share.
///
/// A task that prefers this executor already (`Store.readingExecutor`) reads where it is, without a change of thread.
final class ReadingThreads: TaskExecutor {
    private let queue = DispatchQueue(label: "whiplash.reads", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
