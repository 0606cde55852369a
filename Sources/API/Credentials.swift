/// Decides who may use the API, and for what.
struct Credentials: Sendable {
    private let keys: [(key: [UInt8], access: Access)]
    private let gatewayKeys: [String: Access]

    /// - Parameters:
    ///   - apiKey: The owner's, which may do everything. Nil or empty when none is configured.
    ///   - others: Once one of them names a gateway's key, a gateway's key that none names may do nothing.
    init(apiKey: String?, others: [AccessKey] = []) {
        var (keys, gatewayKeys) = ([(key: [UInt8], access: Access)](), [String: Access]())
        if let apiKey, !apiKey.isEmpty { keys.append((Array(apiKey.utf8), .everything)) }
        for other in others {
            switch other.proof {
            case .key(let key): keys.append((key, other.access))
            case .gatewayID(let id): gatewayKeys[id] = other.access
            }
        }
        (self.keys, self.gatewayKeys) = (keys, gatewayKeys)
    }

    /// What the holder of a credential may do; throws unless it is good.
    func access(_ credential: Request.Credential) throws(Problem) -> Access {
        switch credential {
        case .checkedByGateway(let keyID):
            if gatewayKeys.isEmpty {
                var access = Access.everything
                if !keyID.isEmpty { access.keyName = keyID }
                return access
            }
            guard let access = gatewayKeys[keyID] else {
                throw Problem(.forbidden, "The API key is none that WHIPLASH_KEYS names.")
            }
            return access
        case .presented(let key): return try access(key: key)
        }
    }

    private func access(key: String?) throws(Problem) -> Access {
        if keys.isEmpty {
            throw Problem(.forbidden, "This server has no API key configured and refuses every request.")
        }
        guard let key, !key.isEmpty else {
            throw Problem(.unauthorized, "An API key is needed, in the header x-api-key.")
        }
        let presented = Array(key.utf8)
        var found: Access?
        // All are compared, so that the time does not tell which came near.
        for (key, access) in keys where matches(presented, key) { found = access }
        guard let found else { throw Problem(.forbidden, "The API key is not valid.") }
        return found
    }

    /// Takes a time that depends on the length of `presented` alone.
    private func matches(_ presented: [UInt8], _ key: [UInt8]) -> Bool {
        var difference = presented.count ^ key.count
        for index in presented.indices { difference |= Int(presented[index] ^ key[index % key.count]) }
        return difference == 0
    }
}
