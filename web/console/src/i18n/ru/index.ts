// What the first screen says.

import common from "./common.json";
import composer from "./composer.json";
import customer from "./customer.json";
import entrance from "./entrance.json";
import list from "./list.json";
import shell from "./shell.json";
import thread from "./thread.json";

export const areas = { common, composer, customer, entrance, list, shell, thread };
