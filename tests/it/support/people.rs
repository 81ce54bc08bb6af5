//! Operators for tests that start below the HTTP edge.

use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::db::sql;

pub async fn operator(app: &App, name: &str) -> Caller {
    person(app, name, Role::Operator).await
}

pub async fn person(app: &App, name: &str, role: Role) -> Caller {
    let id = app.ids.next();
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO operators (id, email, name, role, password_hash, created_at, updated_at) VALUES ($1, $2, $3, $4, '', 0, 0)")
        .bind(&id)
        .bind(format!("{name}@example.com"))
        .bind(name)
        .bind(role.as_str())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Caller { operator_id: id, name: name.to_owned(), role }
}
