import Foundation
import HTTPClient
import Testing

@testable import LambdaRuntime

@Suite("The deadline of an invocation")
struct DeadlineTests {
    @Test("A handler is cancelled half a second before the deadline, and still answers")
    func cancelsInTime() async throws {
        let start = LoopRun.now
        let run = try LoopRun([.event(milliseconds: 900)])
        try await run.run { _ in
            do { try await Task.sleep(for: .seconds(60)) } catch { return Array("in time".utf8) }
            return Array("too late".utf8)
        }
        #expect(400..<30_000 ~= LoopRun.now - start)
        #expect(run.api.posts.map(\.text) == ["in time"])
        #expect(run.api.posts.allSatisfy { $0.path.hasSuffix("/response") })
    }

    @Test("A handler that does not is waited for no longer, and the next event is answered")
    func givesUpOnDeafHandlers() async throws {
        let run = try LoopRun([.event("deaf", milliseconds: 800), .event("quick")])
        let start = LoopRun.now
        try await run.run { invocation in
            if invocation.event == Array("deaf".utf8) { await Self.sleepDeaf(seconds: 30) }
            return invocation.event
        }
        #expect(LoopRun.now - start < 20_000)
        #expect(run.api.posts.count == 2)
        #expect(run.api.posts.first?.header("Lambda-Runtime-Function-Error-Type") == "Function.Timeout")
        #expect(run.api.posts.last?.text == "quick")
    }

    @Test("A handler that is done sooner is not disturbed")
    func leavesQuickHandlersAlone() async throws {
        let run = try LoopRun([.event(milliseconds: 2000)])
        try await run.run { _ in Array((Task.isCancelled ? "cancelled" : "undisturbed").utf8) }
        #expect(run.api.posts.map(\.text) == ["undisturbed"])
    }

    @Test("With the deadline as good as passed the handler's task is cancelled from the start")
    func cancelsAtOnce() async throws {
        let run = try LoopRun([.event(milliseconds: 450)])
        try await run.run { _ in
            do { try await Task.sleep(for: .seconds(60)) } catch { return Array("cancelled".utf8) }
            return []
        }
        #expect(run.api.posts.map(\.text) == ["cancelled"])
    }

    /// Waits without regard to the task.
    private static func sleepDeaf(seconds: Double) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { continuation.resume() }
        }
    }
}
