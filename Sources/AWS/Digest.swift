internal import CCrypto

/// SHA-256 (FIPS 180-4): 32 bytes.
func sha256(_ message: some Collection<UInt8>) -> [UInt8] {
    let message = Array(message)
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
        _ = SHA256(message, message.count, digest.baseAddress)
        count = Int(SHA256_DIGEST_LENGTH)
    }
}

/// HMAC with SHA-256 (RFC 2104): 32 bytes.
func hmacSHA256(_ message: some Collection<UInt8>, key: [UInt8]) -> [UInt8] {
    let message = Array(message)
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
        var length: UInt32 = 0
        let code = HMAC(
            EVP_sha256(), key, Int32(key.count), message, message.count, digest.baseAddress, &length)
        precondition(code != nil, "libcrypto has no SHA-256")
        count = Int(length)
    }
}

/// Two lower-case digits a byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
