import Foundation
import HTTPClient
import Testing

/// Over TLS, to a server with a certificate made for the test by the `openssl` command.
@Suite(
    .enabled(if: TLSServer.command != nil, "no openssl command: no TLS server to test against"),
    .timeLimit(.minutes(1)))
struct TLSTests {
    private func status(_ server: TLSServer, host: String, trusting file: String?) async throws -> Int {
        let transport = try CurlTransport(
            CurlTransport.Options(usesEnvironmentProxy: false, authoritiesFile: file))
        let url = "https://\(host):\(server.port)/"
        return try await transport.send(HTTPRequest(method: "GET", url: url, timeout: .seconds(20))).status
    }

    private func isConnectionError(_ error: any Error) -> Bool {
        if case .connection? = error as? HTTPTransportError { true } else { false }
    }

    @Test func aTrustedServerIsSpokenTo() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        #expect(try await status(server, host: "127.0.0.1", trusting: server.certificate) == 200)
    }

    @Test func anUntrustedServerIsNot() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        await #expect {
            try await status(server, host: "127.0.0.1", trusting: nil)
        } throws: {
            isConnectionError($0)
        }
    }

    @Test func aTrustedServerOfAnotherNameIsNot() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        await #expect {
            try await status(server, host: "127.0.0.2", trusting: server.certificate)
        } throws: {
            isConnectionError($0)
        }
    }
}

/// `openssl s_server` on a free port of loopback, certified for 127.0.0.1 alone.
private final class TLSServer {
    static let command = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let certificate: String
    let port: Int
    private let folder: String
    private let process = Process()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        certificate = folder + "/certificate.pem"
        let key = folder + "/key.pem"
        let making = Process()
        making.executableURL = URL(filePath: try #require(Self.command))
        making.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days",
            "1",
            "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
        ]
        making.standardError = FileHandle.nullDevice
        try making.run()
        making.waitUntilExit()
        process.executableURL = making.executableURL
        process.arguments = ["s_server", "-accept", "0.0.0.0:0", "-cert", certificate, "-key", key, "-www"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = Pipe()
        try process.run()
        port = try Self.port(from: output.fileHandleForReading)
    }

    func stop() {
        // A polite signal may be blocked in a child of a thread that blocks it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The server says `ACCEPT 0.0.0.0:43211` once it listens.
    private static func port(from output: FileHandle) throws -> Int {
        var text = ""
        while true {
            if let match = text.firstMatch(of: /ACCEPT [^\n]*:([0-9]+)\n/), let port = Int(match.1) {
                return port
            }
            let data = output.availableData
            try #require(!data.isEmpty, "openssl s_server did not start")
            text += String(decoding: data, as: UTF8.self)
        }
    }
}
