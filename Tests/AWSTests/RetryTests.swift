import AWS
import Testing

@Suite struct RetryPolicyTests {
    let policy = RetryPolicy()

    func wait(_ failure: RetryPolicy.Failure, _ attempt: Int, chance: Double = 0.5) -> Duration? {
        policy.wait(after: failure, attempt: attempt, remaining: .seconds(60), chance: chance)
    }

    @Test func waitsGrowTwofoldUpToTheCap() {
        let throttled = (1...9).map { wait(.throttled, $0) }
        #expect(throttled == [50, 100, 200, 400, 800, 1600, 2500, 2500, 2500].map { .milliseconds($0) })
        let failed = (1...5).map { wait(.serviceFailed, $0) }
        #expect(failed == [12.5, 25, 50, 100, 200].map { .milliseconds($0) })
    }

    @Test func waitsAreSpreadByChance() {
        #expect(wait(.throttled, 3, chance: 0) == .zero)
        #expect(wait(.throttled, 3, chance: 0.25) == .milliseconds(100))
    }

    @Test func aStaleConnectionIsReplacedAtOnce() {
        #expect(wait(.noAnswer, 1) == .zero)
        #expect(wait(.noAnswer, 2) == .milliseconds(12.5))
    }

    @Test func renewedCredentialsAreTriedOnce() {
        #expect(wait(.stale, 1) == .zero)
        #expect(wait(.stale, 2) == nil)
    }

    @Test(arguments: [RetryPolicy.Failure.noAnswer, .serviceFailed, .throttled])
    func theLastAttemptIsTheLast(failure: RetryPolicy.Failure) {
        #expect(wait(failure, policy.attempts - 1) != nil)
        #expect(wait(failure, policy.attempts) == nil)
    }

    @Test func noWaitPassesTheDeadline() {
        let chance = 0.5
        for (remaining, isRetried) in [(49, false), (50, false), (51, true)] {
            let wait = policy.wait(
                after: .throttled, attempt: 1, remaining: .milliseconds(remaining), chance: chance)
            #expect((wait != nil) == isRetried)
        }
    }
}

@Suite struct RetryBudgetTests {
    @Test func retriesRunOutAndSuccessesEarnThem() {
        let budget = RetryBudget(capacity: 11)
        #expect([budget.takeRetry(), budget.takeRetry(), budget.takeRetry()] == [true, true, false])
        for _ in 0..<3 { budget.recordSuccess(afterRetry: false) }
        #expect(!budget.takeRetry())
        budget.recordSuccess(afterRetry: true)
        #expect(budget.takeRetry())
    }

    @Test func aBudgetMayBeWithoutLimit() {
        let budget = RetryBudget(capacity: .max)
        budget.recordSuccess(afterRetry: false)
        #expect(budget.takeRetry())
    }

    @Test func theBudgetNeverExceedsItsCapacity() {
        let budget = RetryBudget(capacity: 5)
        for _ in 0..<100 { budget.recordSuccess(afterRetry: true) }
        #expect(budget.takeRetry())
        #expect(!budget.takeRetry())
    }
}
