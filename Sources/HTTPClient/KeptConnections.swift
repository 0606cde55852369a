import FoundationEssentials

/// Which of the connections kept from earlier requests may be used again.
///
/// A connection can die without a word: a function is frozen while the other end gives up, a router on the way forgets.
/// Only its age and the silence of others like it hint at that.
struct KeptConnections {
    /// The age after which an idle connection is not used again.
    let lifetime: Duration
    /// When a request was sent over a connection that turned out dead.
    private var sentIntoSilence: SuspendingClock.Instant?
    private var lastAnswer: Date?

    init(lifetime: Duration) { self.lifetime = lifetime }

    /// Notes that nothing came back for what was sent then.
    mutating func recordSilence(since sent: SuspendingClock.Instant) {
        sentIntoSilence = max(sent, sentIntoSilence ?? sent)
    }

    /// Notes an answer by the wall clock.
    mutating func recordAnswer(at date: Date) { lastAnswer = date }

    /// How long a connection may have been idle, in the whole seconds that libcurl counts in.
    ///
    /// What was idle already when a request went into silence is as old as what was silent, and not used again. libcurl
    /// rounds ages down; a second less makes sure of these, and spares a connection only if it was used since.
    func idleSeconds(at now: SuspendingClock.Instant) -> Int {
        let limit = max(1, lifetime.milliseconds / 1000)
        guard let sentIntoSilence else { return limit }
        let age = Int(sentIntoSilence.duration(to: now).components.seconds) - 1
        return max(0, min(limit, age))
    }

    /// Whether all are too old by the wall clock, which counts while the process or the machine is frozen; the clock by
    /// which libcurl counts may not.
    func areOutdated(at date: Date) -> Bool {
        guard let lastAnswer else { return false }
        return date.timeIntervalSince(lastAnswer) > lifetime / .seconds(1)
    }
}
