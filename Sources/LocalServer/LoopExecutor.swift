import NIOCore

/// Runs tasks on the event loop that their connections are on, so that a request changes threads for nothing but its work.
///
/// What takes long, as reading and scoring do, has an executor of its own.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
