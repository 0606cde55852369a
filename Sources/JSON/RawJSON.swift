/// One JSON value as the text it was written in, checked to be well formed.
public struct RawJSON: Hashable, Sendable {
    public let text: String

    /// - Precondition: `text` is one well-formed JSON value.
    public init(checked text: String) { self.text = text }
}
