import Foundation

/// The API key that a local server made for itself, kept beside its database so that it stays the same.
struct APIKeyFile {
    let path: String

    init(besideDatabase database: String) { path = database + ".key" }

    /// The kept key, or a new one that only the owner of the file may read.
    func keyMakingOne() throws -> String {
        if let kept = try? String(contentsOfFile: path, encoding: .utf8) {
            let key = kept.trimmingCharacters(in: .whitespacesAndNewlines)
            if !key.isEmpty { return key }
        }
        let key = Self.newKey()
        let made = FileManager.default.createFile(
            atPath: path, contents: Data((key + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard made else {
            throw CommandFailure("cannot write the API key to \(path); set WHIPLASH_API_KEY instead")
        }
        return key
    }

    /// 160 random bits as 40 hexadecimal characters.
    static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<20).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
