/** Rules of who may do what, for {@link USER} of a broker that has them. */
import kafkajs, { type Admin } from "kafkajs";
import { USER } from "./kafka-secure.ts";

const { AclPermissionTypes, ResourcePatternTypes } = kafkajs;

/** A rule, as kafkajs takes it. */
export type Rule = Parameters<Admin["createAcls"]>[0]["acl"][number];

/** Allows it something: of a resource, or of all whose names begin so where the name ends with a dot. */
export function allow(resourceType: number, resourceName: string, operation: number): Rule {
  return {
    resourceType,
    resourceName,
    resourcePatternType: resourceName.endsWith(".") ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${USER.name}`,
    host: "*",
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** Denies it the same, whatever else allows it. */
export function deny(resourceType: number, resourceName: string, operation: number): Rule {
  return { ...allow(resourceType, resourceName, operation), permissionType: AclPermissionTypes.DENY };
}
