//! What is asked: a query with what belongs to it, read from a `subscribe` and written into one.

use relink_profiles::json::Members;

use super::Json;

/// An operation to be executed (GraphQL over HTTP, "Request Parameters").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    query: String,
    operation_name: Option<String>,
    variables: Option<Json>,
    extensions: Option<Json>,
}

impl Request {
    /// This query, mutation or subscription, without anything else.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), operation_name: None, variables: None, extensions: None }
    }

    /// Which of several operations in the query.
    #[must_use]
    pub fn with_operation_name(mut self, name: impl Into<String>) -> Self {
        self.operation_name = Some(name.into());
        self
    }

    /// The variables: a JSON object.
    #[must_use]
    pub fn with_variables(mut self, variables: impl Into<Json>) -> Self {
        self.variables = Some(variables.into());
        self
    }

    /// What else there is between this client and this server: a JSON object.
    #[must_use]
    pub fn with_extensions(mut self, extensions: impl Into<Json>) -> Self {
        self.extensions = Some(extensions.into());
        self
    }

    /// The query.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Which of several operations in the query.
    #[must_use]
    pub fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_deref()
    }

    /// The variables: a JSON object.
    #[must_use]
    pub const fn variables(&self) -> Option<&Json> {
        self.variables.as_ref()
    }

    /// What else there is between this client and this server: a JSON object.
    #[must_use]
    pub const fn extensions(&self) -> Option<&Json> {
        self.extensions.as_ref()
    }

    /// From a payload that was checked.
    pub(super) fn read(payload: &str) -> Self {
        let mut request = Self::new("");
        for member in Members::of(payload).flatten() {
            let Ok(value) = member.value else { continue };
            let text = || value.text().map(|text| text.to_string());
            let json = || value.members().map(|_| Json::from(value.raw()));
            match &*member.name.to_string() {
                "query" => request.query = text().unwrap_or_default(),
                "operationName" => request.operation_name = text(),
                "variables" => request.variables = json(),
                "extensions" => request.extensions = json(),
                _ => {}
            }
        }
        request
    }

    /// The payload that says so.
    pub(super) fn write(&self) -> String {
        // A string always has a JSON text.
        let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let mut payload = format!(r#"{{"query":{}"#, text(&self.query));
        let mut member = |name: &str, value: &str| {
            for part in [",\"", name, "\":", value] {
                payload.push_str(part);
            }
        };
        if let Some(name) = &self.operation_name {
            member("operationName", &text(name));
        }
        if let Some(variables) = &self.variables {
            member("variables", variables.as_str());
        }
        if let Some(extensions) = &self.extensions {
            member("extensions", extensions.as_str());
        }
        payload.push('}');
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn what_is_written_is_read_again() {
        let bare = Request::new("{ a(b: \"\\n\") }\n");
        assert_eq!(bare.write(), r#"{"query":"{ a(b: \"\\n\") }\n"}"#);
        let whole = bare.clone().with_operation_name("ü\"").with_variables(r#"{"x":[1,{}]}"#).with_extensions("{}");
        for request in [bare, whole] {
            assert_eq!(Request::read(&request.write()), request);
        }
        assert_eq!(Request::read(r#"{"variables":null,"operationName":null,"query":"a","x":1}"#), Request::new("a"));
    }
}
