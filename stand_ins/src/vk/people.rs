//! Who is who: users and the community.

use serde_json::{Value, json};

use super::{Call, Community, GROUP_ID, Refusal};

const MAX_USERS: usize = 1_000;

impl Community {
    pub(super) fn users(&self, call: &Call) -> Result<Value, Refusal> {
        let ids = call.numbers("user_ids").map_err(|_| Refusal::code(113))?;
        if ids.len() > MAX_USERS {
            return Err(Refusal::parameter("user_ids should contain at most 1000 elements"));
        }
        let fields: Vec<&str> = call.text("fields").map(|fields| fields.split(',').map(str::trim).collect()).unwrap_or_default();
        let state = self.lock();
        let known = ids.into_iter().filter(|id| *id > 0).map(|id| {
            let (first, last) = state.peers.get(&id).map_or(("Ann", ""), |peer| (&peer.first_name, &peer.last_name));
            let mut user =
                json!({"id": id, "first_name": first, "last_name": last, "can_access_closed": true, "is_closed": false});
            for field in &fields {
                match *field {
                    "photo_50" | "photo_100" | "photo_200" | "photo_max" => {
                        user[*field] = json!(format!("{}/avatar/{id}.png", self.media_url()));
                    }
                    "screen_name" | "domain" => user[*field] = json!(format!("id{id}")),
                    "city" => user["city"] = json!({"id": 1, "title": "Moscow"}),
                    "sex" => user["sex"] = json!(0),
                    _ => {}
                }
            }
            user
        });
        Ok(known.collect())
    }

    pub(super) fn groups(&self, call: &Call) -> Result<Value, Refusal> {
        let asked = call.text("group_id").or(call.text("group_ids"));
        if asked.is_some_and(|id| id != GROUP_ID.to_string()) {
            return Err(Refusal::parameter("group_ids is undefined"));
        }
        let group = json!({"id": GROUP_ID, "name": "Shop", "screen_name": format!("club{GROUP_ID}"), "is_closed": 0, "type": "group",
            "photo_50": format!("{}/avatar/club.png", self.media_url())});
        Ok(json!({"groups": [group], "profiles": []}))
    }
}
