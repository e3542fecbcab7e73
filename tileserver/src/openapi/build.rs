//! The parts that operations are put together from.

use serde_json::{Map, Value, json};

/// An address of the router with what the document says of it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The path as the router has it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test compares it with the router")
    )]
    pub(crate) route: &'static str,
    /// The path as the document has it: an ending such as `.json` is part of a parameter in the router.
    pub(crate) path: &'static str,
    /// The operations by method.
    pub(crate) methods: Vec<(&'static str, Operation)>,
}

impl Entry {
    /// An address that is read.
    pub(crate) fn get(route: &'static str, operation: Operation) -> Self {
        Self::at(route, route, operation)
    }

    /// An address that is read, under the path of the document.
    pub(crate) fn at(route: &'static str, path: &'static str, operation: Operation) -> Self {
        Self {
            route,
            path,
            methods: vec![("get", operation)],
        }
    }

    /// Another method.
    pub(crate) fn and(mut self, method: &'static str, operation: Operation) -> Self {
        self.methods.push((method, operation));
        self
    }
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation(Map<String, Value>);

/// What every operation may answer besides: problems of the request as such, and of a busy server.
const ALWAYS: [u16; 6] = [400, 406, 413, 414, 431, 503];

/// An operation with its name, its group, and what it does in a sentence.
pub(crate) fn operation(id: &str, tag: &str, summary: &str) -> Operation {
    let document = json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "parameters": [],
        "responses": {},
    });
    let Value::Object(members) = document else {
        return Operation(Map::new());
    };
    Operation(members).refuses(&ALWAYS)
}

impl Operation {
    /// Takes these parameters too.
    pub(crate) fn with(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        if let Some(all) = self.0["parameters"].as_array_mut() {
            all.extend(parameters);
        }
        self
    }

    /// Answers 200 with this; 304 where the client has it already.
    pub(crate) fn gives(self, media_type: &str, schema: Value) -> Self {
        self.answers(200, "As asked for", media_type, schema)
            .empty(304, "Not changed since the entity tag that was sent")
    }

    /// Answers with a status and a body.
    pub(crate) fn answers(
        mut self,
        status: u16,
        description: &str,
        media_type: &str,
        schema: Value,
    ) -> Self {
        let response = self.0["responses"].as_object_mut().map(|all| {
            all.entry(status.to_string())
                .or_insert_with(|| json!({ "description": description, "content": {} }))
        });
        if let Some(response) = response {
            response["content"][media_type] = of_schema(schema);
        }
        self
    }

    /// Another form of an answer that is there already.
    pub(crate) fn with_content(mut self, status: u16, media_type: &str, schema: Value) -> Self {
        self.0["responses"][status.to_string()]["content"][media_type] = of_schema(schema);
        self
    }

    /// Answers with a status alone.
    pub(crate) fn empty(mut self, status: u16, description: &str) -> Self {
        self.0["responses"][status.to_string()] = json!({ "description": description });
        self
    }

    /// Answers with the problem documents of these statuses.
    pub(crate) fn refuses(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let reference = format!("#/components/responses/{status}");
            self.0["responses"][status.to_string()] = json!({ "$ref": reference });
        }
        self
    }

    /// Reads a body of this type.
    pub(crate) fn reads(mut self, media_type: &str, schema: Value) -> Self {
        self.0
            .entry("requestBody")
            .or_insert_with(|| json!({ "required": true, "content": {} }))["content"][media_type] =
            of_schema(schema);
        self
    }

    /// Wants a token.
    pub(crate) fn secured(mut self) -> Self {
        self.0
            .insert("security".to_owned(), json!([{ "token": [] }]));
        self.refuses(&[401])
    }

    /// The operation as OpenAPI writes it.
    pub(crate) fn document(self) -> Value {
        Value::Object(self.0)
    }
}

/// What a body of one media type holds.
fn of_schema(schema: Value) -> Value {
    Value::Object([("schema".to_owned(), schema)].into_iter().collect())
}

/// A parameter of the path.
pub(crate) fn path(name: &str, schema: &Value, description: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

/// A parameter of the query.
pub(crate) fn query(name: &str, schema: &Value, description: &str) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// A parameter of the query that must be there.
pub(crate) fn required(name: &str, schema: &Value, description: &str) -> Value {
    let mut parameter = query(name, schema, description);
    parameter["required"] = json!(true);
    parameter
}

/// A header of the request.
pub(crate) fn header(name: &str, schema: &Value, description: &str) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

/// A parameter of the query that is a list with commas. Items that are empty are not looked at.
pub(crate) fn list(name: &str, items: &Value, description: &str) -> Value {
    let mut parameter = query(name, &array(&or_empty(items)), description);
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
    parameter
}

/// A type by its name in JSON Schema.
pub(crate) fn kind(name: &str) -> Value {
    json!({ "type": name })
}

/// A type, or null.
pub(crate) fn nullable(name: &str) -> Value {
    json!({ "type": [name, "null"] })
}

/// A whole number within bounds.
pub(crate) fn whole(least: u64, most: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

/// One of some texts.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": names.into_iter().collect::<Vec<_>>() })
}

/// A value, or nothing, which is as if the parameter were left out.
pub(crate) fn or_empty(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "maxLength": 0 }] })
}

/// A list.
pub(crate) fn array(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// An object with values of one type under any name.
pub(crate) fn map(values: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// An object that has all these members, and may have more.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let required = json!(required);
    let properties: Map<String, Value> = members
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// A schema of the components.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
