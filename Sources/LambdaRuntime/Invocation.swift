/// One event that Lambda hands to the function, with what is said about it.
public struct Invocation: Sendable {
    public let requestID: String
    public let event: [UInt8]
    /// When Lambda ends the invocation, in milliseconds since 1970.
    public let deadline: Int64
    /// Absent when the function is not traced.
    public let traceID: String?
    /// Tells apart deliveries of one request; sent back as it came. Absent from older services.
    let invocationID: String?

    /// The invocation that the running task works on; nil outside a handler.
    @TaskLocal static var current: Invocation?

    public init(
        requestID: String, event: [UInt8], deadline: Int64, traceID: String? = nil,
        invocationID: String? = nil
    ) {
        self.requestID = requestID
        self.event = event
        self.deadline = deadline
        self.traceID = traceID
        self.invocationID = invocationID
    }
}

/// Why an invocation, or the start, failed, in the words that Lambda's log and telemetry use.
public struct InvocationFailure: Error, Sendable, Equatable {
    /// `Function.…` or `Runtime.…`; Lambda's telemetry knows no other.
    public var type: String
    /// For the operator; holds no event.
    public var message: String

    public init(type: String, message: String) {
        self.type = type
        self.message = message
    }
}
