import API
import JSON

/// A log line from which CloudWatch takes metrics: the count, duration and size of answers, of all operations together and of each.
///
/// Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
struct EmbeddedMetrics {
    let exchange: Exchange
    /// Milliseconds since 1970.
    let time: Int64

    private static let metrics = [
        ("Duration", "Milliseconds"), ("Requests", "Count"), ("ServerErrors", "Count"), ("BytesIn", "Bytes"),
        ("BytesOut", "Bytes"),
    ]

    var line: [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.key("_aws")
            writer.writeObject { writer in
                writer.member("Timestamp", time)
                writer.key("CloudWatchMetrics")
                writer.writeArray { writer in writer.writeObject { Self.writeDirective(to: &$0) } }
            }
            writer.member("Operation", exchange.operationId ?? "none")
            writer.member("Status", exchange.status)
            writer.member("Duration", Float(exchange.duration / .milliseconds(1)))
            writer.member("Requests", 1)
            writer.member("ServerErrors", exchange.status >= 500 ? 1 : 0)
            writer.member("BytesIn", exchange.bytesIn)
            writer.member("BytesOut", exchange.bytesOut)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func writeDirective(to writer: inout JSONWriter) {
        writer.member("Namespace", "Whiplash")
        writer.key("Dimensions")
        writer.writeArray { writer in
            writer.writeArray { _ in }
            writer.writeArray { $0.write("Operation") }
        }
        writer.key("Metrics")
        writer.writeArray { writer in
            for (name, unit) in metrics {
                writer.writeObject { writer in
                    writer.member("Name", name)
                    writer.member("Unit", unit)
                }
            }
        }
    }
}
