internal import CCurl
import Synchronization

/// The thread behind a `CurlTransport`: a multi handle and the transfers on it.
///
/// `@unchecked Sendable`: other threads touch `mailbox` alone, which locks itself, and wake the multi handle, which
/// libcurl allows from any thread; all else is the loop's thread's.
final class CurlLoop: @unchecked Sendable {
    private let mailbox = Mutex(Mailbox())
    private let multi: UnsafeMutableRawPointer
    private let options: CurlTransport.Options
    private var active: [UnsafeMutableRawPointer: CurlHandle] = [:]
    private var idle: [CurlHandle] = []

    /// What other threads want of the loop.
    private struct Mailbox {
        var starting: [Transfer] = []
        var cancelled: [UInt64] = []
        var isStopping = false
    }

    init(_ options: CurlTransport.Options) throws(HTTPTransportError) {
        guard globalCode == CURLE_OK, let multi = curl_multi_init() else {
            throw .unsendable(reason: "libcurl could not be initialised")
        }
        self.multi = multi
        self.options = options
        let connections = options.connectionsPerHost
        _ = whiplash_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
        _ = whiplash_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        guard startThread({ self.run() }) else {
            curl_multi_cleanup(multi)
            throw .unsendable(reason: "no thread for libcurl")
        }
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
            // Woken by sockets, by libcurl's own timers or by a letter.
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
    }

    private func begin(_ transfer: Transfer) {
        if let timeout = transfer.request.timeout, timeout <= .zero { return transfer.fail(.timedOut) }
        guard let handle = idle.popLast() ?? CurlHandle() else {
            return transfer.fail(.unsendable(reason: "out of memory"))
        }
        do throws(HTTPTransportError) {
            try handle.prepare(transfer, options)
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
        case CURLE_OK: transfer.finish(status: status)
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
