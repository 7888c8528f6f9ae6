/** The alias under which Express 4 stands beside Express 5. The types of the two agree in what is used here. */
declare module "express-4" {
  export { default } from "express";
}
