import AWS
import HTTPClient
import StorageDynamoDB
import WhiplashSettings

extension DynamoDBStore {
    /// The store that the settings name, reached as AWS's own tools would reach it.
    ///
    /// - Parameter values: The environment, or what flags, environment and `.env` make together.
    /// - Throws: When there are no credentials, no usable endpoint, or libcurl cannot start.
    public init(settings: Settings, values: [String: String]) throws {
        var values = values
        // REGION is the ancestor's name for what AWS's tools call AWS_REGION.
        if values["AWS_REGION", default: ""].isEmpty { values["AWS_REGION"] = settings.region }
        try self.init(settings: AWSSettings(environment: values), transport: CurlTransport())
    }
}
