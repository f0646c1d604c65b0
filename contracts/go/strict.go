package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// decode fills target as encoding/json does, and fails where that would silently leave a zero:
// a key that is missing, and a null where the field is no pointer. Unknown keys are allowed.
// A field tagged `omitempty` may be missing.
func decode(place string, document []byte, target interface{}) error {
	if err := json.Unmarshal(document, target); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return require(place, document, reflect.TypeOf(target).Elem())
}

func require(place string, document []byte, kind reflect.Type) error {
	isNull := bytes.Equal(bytes.TrimSpace(document), []byte("null"))
	if kind.Kind() == reflect.Ptr {
		if isNull {
			return nil
		}
		return require(place, document, kind.Elem())
	}
	if isNull {
		return fmt.Errorf("%s is null", place)
	}
	switch kind.Kind() {
	case reflect.Struct:
		return requireFields(place, document, kind)
	case reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(document, &items); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		for number, item := range items {
			if err := require(fmt.Sprintf("%s[%d]", place, number), item, kind.Elem()); err != nil {
				return err
			}
		}
	case reflect.Map:
		var items map[string]json.RawMessage
		if err := json.Unmarshal(document, &items); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		for key, item := range items {
			if err := require(place+"."+key, item, kind.Elem()); err != nil {
				return err
			}
		}
	}
	return nil
}

func requireFields(place string, document []byte, kind reflect.Type) error {
	if kind.PkgPath() == "time" {
		return nil
	}
	var items map[string]json.RawMessage
	if err := json.Unmarshal(document, &items); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	for number := 0; number < kind.NumField(); number++ {
		field := kind.Field(number)
		tag := strings.Split(field.Tag.Get("json"), ",")
		item, found := items[tag[0]]
		if !found {
			if len(tag) > 1 && tag[1] == "omitempty" {
				continue
			}
			return fmt.Errorf("%s.%s is missing", place, tag[0])
		}
		if err := require(place+"."+tag[0], item, field.Type); err != nil {
			return err
		}
	}
	return nil
}
