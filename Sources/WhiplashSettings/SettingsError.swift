/// Every setting that is malformed or missing, told together. A secret's value is never in it.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// One key that cannot be used.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The key's name, or the place of a line in a `.env` file.
        public let key: String
        /// What would have been right.
        public let expected: String
        /// What came, quoted; nil when nothing did. Of a secret only its length.
        public let received: String?

        public var description: String {
            "\(key): expected \(expected), received \(received ?? "nothing")"
        }
    }

    public let problems: [Problem]

    public var description: String {
        "These settings cannot be used:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    }
}
