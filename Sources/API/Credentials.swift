/// Decides who may use the API.
struct Credentials: Sendable {
    private let apiKey: [UInt8]

    /// - Parameter apiKey: Nil or empty when none is configured; then only what a gateway has checked passes.
    init(apiKey: String?) { self.apiKey = Array((apiKey ?? "").utf8) }

    /// Throws unless the credential is good.
    func check(_ credential: Request.Credential) throws(Problem) {
        guard case .presented(let key) = credential else { return }
        if apiKey.isEmpty {
            throw Problem(.forbidden, "This server has no API key configured and refuses every request.")
        }
        guard let key, !key.isEmpty else {
            throw Problem(.unauthorized, "An API key is needed, in the header x-api-key.")
        }
        if !matches(Array(key.utf8)) { throw Problem(.forbidden, "The API key is not valid.") }
    }

    /// Takes a time that depends on the length of `key` alone.
    private func matches(_ key: [UInt8]) -> Bool {
        var difference = key.count ^ apiKey.count
        for index in key.indices { difference |= Int(key[index] ^ apiKey[index % apiKey.count]) }
        return difference == 0
    }
}
