import API
import APIGateway
import Assembly
import FoundationEssentials
import JSON
import LambdaRuntime
import Logging
import StorageDynamoDB
import Whiplash
import WhiplashSettings

extension Gateway {
    /// The whole function behind API Gateway, as the environment sets it.
    ///
    /// - Throws: `InvocationFailure` that tells every setting that is wrong.
    init(environment: [String: String], logger: Logger) throws(InvocationFailure) {
        do {
            let settings = try Settings(environment, defaultStore: .dynamodb)
            // Whatever another store holds would be lost with the process.
            guard settings.store == .dynamodb else { throw Self.wrongStore(settings.store) }
            let store = try DynamoDBStore(settings: settings, values: environment)
            let database = Database(store: store, settings: settings)
            let router = Router(
                database: database, apiKey: settings.apiKey?.revealed,
                keys: try settings.accessKeys.map {
                    try AccessKey.list($0.revealed, besides: settings.apiKey?.revealed)
                } ?? [],
                limits: .lambda, report: { failure in logger.log(failure) },
                observe: { exchange in if settings.emitsMetrics { Self.emitMetrics(of: exchange) } })
            self.init(
                maintain: { deadline in await Self.maintain(database, until: deadline, logger) },
                respond: { request in await router.respond(to: request) })
        } catch {
            throw (error as? InvocationFailure) ?? .settings("\(error)")
        }
    }

    private static func emitMetrics(of exchange: Exchange) {
        let time = Int64(Date().timeIntervalSince1970 * 1000)
        JSONLogHandler.emit(line: EmbeddedMetrics(exchange: exchange, time: time).line)
    }

    private static func maintain(
        _ database: Database, until deadline: Int64, _ logger: Logger
    ) async -> [UInt8] {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var writer = JSONWriter()
        do {
            // The last page or step begun needs some time, and so does the answer.
            let report = try await database.maintain(within: max(0, deadline - now - maintenanceMargin))
            writer.writeObject { writer in
                writer.key("tuned")
                writer.writeArray { writer in for id in report.tuned { writer.write(id) } }
                writer.key("verified")
                writer.writeArray { writer in for id in report.verified { writer.write(id) } }
                writer.member("mended", report.mended)
            }
        } catch {
            logger.error("maintenance failed; the next round goes on", metadata: ["reason": "\(error)"])
            writer.writeObject { $0.member("error", "maintenance failed; the log tells why") }
        }
        return writer.bytes
    }

    /// In milliseconds.
    private static let maintenanceMargin: Int64 = 8_000

    private static func wrongStore(_ store: Settings.StoreKind) -> InvocationFailure {
        .settings("WHIPLASH_STORE: expected dynamodb, received '\(store)'")
    }
}

extension InvocationFailure {
    fileprivate static func settings(_ message: String) -> InvocationFailure {
        InvocationFailure(type: "Runtime.InvalidSettings", message: message)
    }
}

extension Logger {
    fileprivate func log(_ failure: Router.Failure) {
        error(
            "\(failure.reason)",
            metadata: [
                "operation": "\(failure.operationId ?? "none")", "status": "\(failure.status)",
                "code": "\(failure.code)",
            ])
    }
}
