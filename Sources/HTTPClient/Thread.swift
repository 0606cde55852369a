#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a new thread runs, boxed for C.
private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a thread of its own, where a broken pipe raises no signal (libcurl with `NOSIGNAL`
/// leaves that to its caller, and TLS writes cannot be told not to).
///
/// - Returns: False when there can be no more threads.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    let box = Unmanaged.passRetained(
        Body {
            blockBrokenPipeSignal()
            body()
        })
    let code = startDetached(box.toOpaque())
    if code != 0 { box.release() }
    return code == 0
}

private func startDetached(_ box: UnsafeMutableRawPointer) -> Int32 {
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { runBody($0) }, box)
        if code == 0, let thread { pthread_detach(thread) }
    #else
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { $0.flatMap(runBody) }, box)
        if code == 0 { pthread_detach(thread) }
    #endif
    return code
}

private func runBody(_ box: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run()
    return nil
}

private func blockBrokenPipeSignal() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
