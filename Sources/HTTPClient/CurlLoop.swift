internal import CCurl
import FoundationEssentials
import Synchronization

/// The thread behind a `CurlTransport`: a multi handle and the transfers on it.
///
/// `@unchecked Sendable`: other threads touch `mailbox` alone, which locks itself, and under its lock wake the multi
/// handle, which libcurl allows from any thread; all else is the loop's thread's.
final class CurlLoop: @unchecked Sendable {
    private let mailbox = Mutex(Mailbox())
    /// Replaced under the mailbox's lock.
    private var multi: UnsafeMutableRawPointer
    private let options: CurlTransport.Options
    private var connections: KeptConnections
    private let wallClock: @Sendable () -> Date
    private var active: [UnsafeMutableRawPointer: CurlHandle] = [:]
    private var idle: [CurlHandle] = []

    /// What other threads want of the loop.
    private struct Mailbox {
        var starting: [Transfer] = []
        var cancelled: [UInt64] = []
        var isStopping = false
    }

    init(
        _ options: CurlTransport.Options, wallClock: @escaping @Sendable () -> Date
    ) throws(HTTPTransportError) {
        guard globalCode == CURLE_OK, let multi = Self.makeMulti(options) else {
            throw .unsendable(reason: "libcurl could not be initialised")
        }
        self.multi = multi
        self.options = options
        self.wallClock = wallClock
        connections = KeptConnections(lifetime: options.connectionLifetime)
        guard startThread({ self.run() }) else {
            curl_multi_cleanup(multi)
            throw .unsendable(reason: "no thread for libcurl")
        }
    }

    private static func makeMulti(_ options: CurlTransport.Options) -> UnsafeMutableRawPointer? {
        guard let multi = curl_multi_init() else { return nil }
        _ = whiplash_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.connectionsPerHost)
        _ = whiplash_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.connectionsPerHost)
        return multi
    }

    func start(_ transfer: Transfer) {
        post { $0.starting.append(transfer) }
    }

    /// Ends the transfer with `cancelled`; one that is not there has ended already.
    func cancel(_ id: UInt64) {
        post { $0.cancelled.append(id) }
    }

    func stop() {
        post { $0.isStopping = true }
    }

    private func post(_ change: (inout Mailbox) -> Void) {
        mailbox.withLock { mailbox in
            // Once it is stopping the multi handle may be gone at any time.
            let isOpen = !mailbox.isStopping
            change(&mailbox)
            if isOpen { curl_multi_wakeup(multi) }
        }
    }

    private func run() {
        while true {
            let letters = mailbox.withLock { mailbox in
                defer { mailbox = Mailbox(isStopping: mailbox.isStopping) }
                return mailbox
            }
            if letters.isStopping { return close(letters) }
            for transfer in letters.starting { begin(transfer) }
            for id in letters.cancelled { abandon(id) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            finishDone()
            let wait = endSilent()
            // Woken by sockets, by libcurl's own timers, by a letter, or when a kept connection's time is up.
            curl_multi_poll(multi, nil, 0, Int32(wait.milliseconds), nil)
        }
    }

    private func begin(_ transfer: Transfer) {
        if let timeout = transfer.request.timeout, timeout <= .zero { return transfer.fail(.timedOut) }
        guard let handle = idle.popLast() ?? CurlHandle() else {
            return transfer.fail(.unsendable(reason: "out of memory"))
        }
        if active.isEmpty, connections.areOutdated(at: wallClock()) { forgetConnections() }
        do throws(HTTPTransportError) {
            try handle.prepare(transfer, options, idleSeconds: connections.idleSeconds(at: .now))
        } catch {
            handle.reset()
            idle.append(handle)
            return transfer.fail(error)
        }
        active[handle.pointer] = handle
        let code = curl_multi_add_handle(multi, handle.pointer)
        if code != CURLM_OK {
            release(handle)?.fail(.unsendable(reason: String(cString: curl_multi_strerror(code))))
        }
    }

    private func abandon(_ id: UInt64) {
        guard let handle = active.values.first(where: { $0.transfer?.id == id }) else { return }
        release(handle)?.fail(.cancelled)
    }

    /// Closes every connection. They belong to the multi handle, so there has to be another.
    private func forgetConnections() {
        guard let fresh = Self.makeMulti(options) else { return }
        let old = mailbox.withLock { _ in
            defer { multi = fresh }
            return multi
        }
        curl_multi_cleanup(old)
    }

    /// Ends transfers whose kept connection has been silent for too long.
    ///
    /// - Returns: How long until there can be another.
    private func endSilent() -> Duration {
        let now = SuspendingClock.now
        var wait = Duration.seconds(60)
        var silent: [CurlHandle] = []
        for handle in active.values {
            guard let rest = handle.silenceLeft(at: now) else { continue }
            if rest > .zero { wait = min(wait, rest) } else { silent.append(handle) }
        }
        for handle in silent {
            if let sent = handle.transfer?.wentOverKeptConnection { connections.recordSilence(since: sent) }
            release(handle)?.fail(.connection(reason: "silence on a connection used before"))
        }
        return wait
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle,
                let handle = active[pointer]
            else { continue }
            // The message is gone once the handle is removed.
            finish(handle, message.pointee.data.result)
        }
    }

    private func finish(_ handle: CurlHandle, _ code: CURLcode) {
        let status = handle.status
        guard let transfer = release(handle) else { return }
        switch code {
        case CURLE_OK:
            connections.recordAnswer(at: wallClock())
            transfer.finish(status: status)
        case CURLE_OPERATION_TIMEDOUT: transfer.fail(.timedOut)
        case CURLE_WRITE_ERROR where transfer.isTooLarge:
            transfer.fail(.answerTooLarge(limitBytes: options.bodyBytes))
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            transfer.fail(.unsendable(reason: describe(code)))
        default: transfer.fail(.connection(reason: describe(code)))
        }
    }

    /// Takes a handle off the multi handle and keeps it for the next transfer.
    private func release(_ handle: CurlHandle) -> Transfer? {
        curl_multi_remove_handle(multi, handle.pointer)
        active[handle.pointer] = nil
        let transfer = handle.transfer
        handle.reset()
        idle.append(handle)
        return transfer
    }

    private func close(_ letters: Mailbox) {
        for transfer in letters.starting { transfer.fail(.cancelled) }
        for handle in Array(active.values) { release(handle)?.fail(.cancelled) }
        idle = []
        curl_multi_cleanup(multi)
    }
}

/// Runs once in a process, before any handle is made.
private let globalCode = whiplash_curl_global_init()
